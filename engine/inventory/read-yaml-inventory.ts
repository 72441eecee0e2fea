/** Inventories in YAML: groups with hosts, vars and children. */
import { nearest } from '../source/nearest.ts';
import type { Problem } from '../source/problem.ts';
import type { Source } from '../source/source.ts';
import { keyText, type Entry, type Scalar, type Tree } from '../source/tree.ts';
import { parseYaml } from '../source/yaml.ts';
import { addChild, addGroup, addHost, groupNameFault, hostNameFault, setGroupVariable, type Draft, type Origin } from './draft.ts';
import { expandHosts } from './host-range.ts';

interface Reading {
  readonly draft: Draft;
  readonly origin: Origin;
}

const sections = ['hosts', 'children', 'vars'];

/** Adds what a YAML source says to the draft, its problems included. Throws TextError where it is no YAML. */
export function readYamlInventory(source: Source, draft: Draft, origin: Origin): void {
  const tree = parseYaml(source);
  if (!tree || isNull(tree)) return;
  if (tree.kind !== 'map') {
    draft.problems.push({ message: `an inventory in YAML is a mapping of groups, not a ${kindOf(tree)}`, span: tree.span, hint: 'begin with `all:`, and under it `hosts:` and `children:`' });
    return;
  }
  const plugin = tree.entries.find((entry) => keyText(entry.key) === 'plugin');
  if (plugin) {
    draft.problems.push({ message: 'this is the configuration of an inventory plugin, which is not supported', span: plugin.key.span, hint: 'use a static inventory, or an executable that answers --list with JSON' });
    return;
  }
  for (const entry of tree.entries) {
    const name = keyText(entry.key);
    if (sections.includes(name)) draft.problems.push({ message: `"${name}" stands outside of any group`, span: entry.key.span, hint: 'put it under a group: `all:`' });
    else readGroup({ draft, origin }, entry);
  }
}

/** Reads one group and those inside it; gives its name, or undefined where it has none that can be used. */
function readGroup(reading: Reading, { key, value }: Entry): string | undefined {
  const { draft } = reading;
  const name = keyText(key);
  const fault = groupNameFault(name);
  if (fault) {
    draft.problems.push({ message: `"${name}": ${fault}`, span: key.span });
    return undefined;
  }
  const group = addGroup(draft, name, key.span);
  for (const entry of entriesOf(reading, value, `group "${name}"`)) {
    const section = keyText(entry.key);
    if (section === 'hosts') for (const host of entriesOf(reading, entry.value, `"hosts" of group "${name}"`)) readHost(reading, name, host);
    else if (section === 'vars') for (const each of entriesOf(reading, entry.value, `"vars" of group "${name}"`)) setGroupVariable(draft, group, keyText(each.key), { tree: each.value });
    else if (section === 'children') readChildren(reading, name, entry.value);
    else draft.problems.push(unknownSection(name, entry));
  }
  return name;
}

function readChildren(reading: Reading, parent: string, children: Tree): void {
  for (const entry of entriesOf(reading, children, `"children" of group "${parent}"`)) {
    const name = readGroup(reading, entry);
    if (name !== undefined) addChild(reading.draft, parent, name, entry.key.span);
  }
}

function readHost(reading: Reading, group: string, { key, value }: Entry): void {
  const { draft, origin } = reading;
  if (typeof key.value !== 'string') {
    draft.problems.push({ message: `the host name ${key.text || 'null'} is not text to YAML`, span: key.span, hint: `quote it: "${key.text}"` });
    return;
  }
  const expansion = expandHosts(key.value);
  const fault = 'fault' in expansion ? expansion.fault : hostNameFault(expansion.names[0]!);
  if ('fault' in expansion || fault) {
    draft.problems.push({ message: fault!, span: key.span, hint: 'hint' in expansion ? expansion.hint : undefined });
    return;
  }
  const vars = entriesOf(reading, value, `host "${key.value}"`);
  for (const name of expansion.names) {
    const host = addHost(draft, name, group, origin, key.span);
    if (expansion.port !== undefined) host.vars.set('ansible_port', { tree: portTree(key, expansion.port) });
    for (const each of vars) host.vars.set(keyText(each.key), { tree: each.value });
  }
}

/** The entries of a mapping; none for an empty body; a single name stands for itself without a body, as in Ansible. */
function entriesOf({ draft }: Reading, tree: Tree, what: string): readonly Entry[] {
  if (tree.kind === 'map') return tree.entries;
  if (isNull(tree)) return [];
  const isSection = what.startsWith('"hosts"') || what.startsWith('"children"');
  if (isSection && tree.kind === 'scalar' && typeof tree.value === 'string') return [{ key: tree, value: { ...tree, value: null, text: '', style: 'plain' } }];
  draft.problems.push({ message: `${what} must be a mapping, not a ${kindOf(tree)}`, span: spanOfBody(tree), hint: isSection && tree.kind === 'list' ? 'write each name as a key: `name:` without a dash' : undefined });
  return [];
}

function unknownSection(group: string, { key, value }: Entry): Problem {
  const name = keyText(key);
  const near = nearest(name, sections);
  const hint = near ? `did you mean "${near}"?`
    : value.kind === 'map' && value.entries.some((entry) => sections.includes(keyText(entry.key))) ? 'a group inside a group stands under `children:`'
    : value.kind === 'map' || isNull(value) ? 'a host stands under `hosts:`, a group under `children:`' : 'a variable stands under `vars:`';
  return { message: `unknown key "${name}" in group "${group}"; a group has hosts, children and vars`, span: key.span, hint };
}

function portTree(key: Scalar, port: number): Tree {
  const text = String(port);
  const end = key.span.end - (key.style === 'quoted' ? 1 : 0);
  return { kind: 'scalar', value: port, text, style: 'plain', span: { source: key.span.source, start: end - text.length, end } };
}

/** A long list is marked at its beginning alone. */
function spanOfBody(tree: Tree): Tree['span'] {
  return { ...tree.span, end: Math.min(tree.span.end, tree.span.start + 1) };
}

function isNull(tree: Tree): boolean {
  return tree.kind === 'scalar' && tree.value === null;
}

function kindOf(tree: Tree): string {
  return tree.kind === 'map' ? 'mapping' : tree.kind === 'list' ? 'list' : 'single value';
}

