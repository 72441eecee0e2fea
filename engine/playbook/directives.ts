/** What a play, role, block or task hands down: each level adds to what it inherits. */
import { keyText, type Mapping, type Tree } from '../source/tree.ts';
import type { CompiledTree } from '../template/compile-tree.ts';
import type { Directives, SettingName } from './playbook.ts';
import { compiled, conditions, report, textsOfTree, varsLayer, type Where } from './reading.ts';

const settingNames: readonly SettingName[] = [
  'become', 'become_user', 'become_method', 'remote_user', 'port', 'connection', 'no_log', 'ignore_errors', 'ignore_unreachable',
  'check_mode', 'diff', 'any_errors_fatal', 'run_once', 'delegate_to', 'delegate_facts', 'throttle', 'timeout',
];

const flags = new Set<SettingName>(['become', 'no_log', 'ignore_errors', 'ignore_unreachable', 'check_mode', 'diff', 'any_errors_fatal', 'run_once', 'delegate_facts']);

/** The directives inside a mapping that stands where `where` says; `label` names its vars. */
export function extend(where: Where, map: Mapping, label: string): Directives {
  const { inherited } = where;
  const when = [...inherited.when];
  const tags = [...inherited.tags];
  const vars = [...inherited.vars];
  const environment = [...inherited.environment];
  const settings: Partial<Record<SettingName, CompiledTree>> = { ...inherited.settings };
  for (const { key, value } of map.entries) {
    const name = keyText(key);
    if (name === 'when') when.push(...conditions(where, value));
    else if (name === 'tags') tags.push(...textsOfTree(where, value, 'a tag', true));
    else if (name === 'vars' && !isEmpty(value)) vars.push(varsLayer(where, value, label));
    else if (name === 'environment') environment.push(compiled(where, value));
    else if (isSetting(name)) settings[name] = setting(where, name, value);
  }
  return { ...inherited, when, tags: [...new Set(tags)], vars, environment, settings };
}

function setting(where: Where, name: SettingName, value: Tree): CompiledTree {
  const tree = compiled(where, value);
  if (!tree.isStatic || value.kind !== 'scalar') {
    if (value.kind !== 'scalar') report(where, `"${name}" takes a single value`, value.span);
    return tree;
  }
  if (flags.has(name) && typeof value.value !== 'boolean' && !/^(yes|no|true|false|on|off|0|1)$/i.test(value.text)) {
    report(where, `"${name}" is yes or no, found ${value.text}`, value.span);
  }
  if (name === 'become_method' && value.value !== 'sudo') report(where, `become_method "${value.text}" is not supported`, value.span, 'known: sudo');
  if (name === 'connection' && !['ssh', 'local', 'smart', 'paramiko', 'paramiko_ssh'].includes(value.text)) report(where, `connection "${value.text}" is not supported`, value.span, 'known: ssh, local');
  return tree;
}

function isSetting(name: string): name is SettingName {
  return (settingNames as readonly string[]).includes(name);
}

function isEmpty(tree: Tree): boolean {
  return tree.kind === 'scalar' && tree.value === null;
}
