/** A task's settings on one host: become, environment, check mode and the rest, rendered and typed. */
import { TextError } from '../source/problem.ts';
import type { Directives, SettingName } from '../playbook/playbook.ts';
import type { Env, Scope } from '../template/registry.ts';
import { Omitted, Undefined, Unknown, type Value } from '../template/value.ts';
import { toPlain } from './result.ts';

export interface Settings {
  readonly become?: boolean | undefined;
  readonly becomeUser?: string | undefined;
  readonly remoteUser?: string | undefined;
  readonly port?: number | undefined;
  readonly connection?: string | undefined;
  readonly noLog: boolean;
  readonly ignoreErrors: boolean;
  readonly ignoreUnreachable: boolean;
  readonly checkMode?: boolean | undefined;
  readonly diff?: boolean | undefined;
  readonly delegateTo?: string | undefined;
  readonly delegateFacts: boolean;
  /** Seconds. */
  readonly timeout?: number | undefined;
  readonly environment: Readonly<Record<string, string>>;
}

/** Renders the settings that a task carries. Throws TextError or TemplateError at their place. */
export function settingsOf(directives: Directives, scope: Scope, environment: Env): Settings {
  const value = (name: SettingName): Value | undefined => {
    const tree = directives.settings[name];
    if (!tree) return undefined;
    const rendered = tree.evaluate(scope, environment) as Value;
    if (rendered instanceof Unknown) throw new TextError({ message: `"${name}" must be known before the task runs, but depends on ${rendered.because}`, span: tree.tree.span });
    return rendered === null || rendered instanceof Undefined || rendered instanceof Omitted || rendered === '' ? undefined : rendered;
  };
  const flag = (name: SettingName): boolean | undefined => readFlag(value(name), name, directives);
  const text = (name: SettingName): string | undefined => { const each = value(name); return each === undefined ? undefined : String(each); };
  const number = (name: SettingName): number | undefined => {
    const each = value(name);
    if (each === undefined) return undefined;
    if (!/^\d+(\.\d+)?$/.test(String(each))) throw new TextError({ message: `"${name}" is a number, found ${JSON.stringify(each)}`, span: directives.settings[name]!.tree.span });
    return Number(each);
  };
  return {
    become: flag('become'), becomeUser: text('become_user'), remoteUser: text('remote_user'), port: number('port'), connection: text('connection'),
    noLog: flag('no_log') ?? false, ignoreErrors: flag('ignore_errors') ?? false, ignoreUnreachable: flag('ignore_unreachable') ?? false,
    checkMode: flag('check_mode'), diff: flag('diff'), delegateTo: text('delegate_to'), delegateFacts: flag('delegate_facts') ?? false,
    timeout: number('timeout') || undefined, environment: environmentOf(directives, scope, environment),
  };
}

function environmentOf(directives: Directives, scope: Scope, environment: Env): Record<string, string> {
  const merged: Record<string, string> = {};
  for (const tree of directives.environment) {
    const rendered = toPlain(tree.evaluate(scope, environment));
    const maps = Array.isArray(rendered) ? rendered : [rendered];
    for (const map of maps) {
      if (map === null || map === '') continue;
      if (typeof map !== 'object') throw new TextError({ message: '"environment" is a mapping of names to values', span: tree.tree.span });
      for (const [name, value] of Object.entries(map as object)) if (value !== null) merged[name] = String(value);
    }
  }
  return merged;
}

function readFlag(value: Value | undefined, name: SettingName, directives: Directives): boolean | undefined {
  if (value === undefined || typeof value === 'boolean') return value;
  const word = String(value).toLowerCase();
  if (['yes', 'true', 'on', '1'].includes(word)) return true;
  if (['no', 'false', 'off', '0'].includes(word)) return false;
  throw new TextError({ message: `"${name}" is yes or no, found ${JSON.stringify(value)}`, span: directives.settings[name]!.tree.span });
}
