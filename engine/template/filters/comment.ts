/** The `comment` filter: text as a comment of a configuration or source file. */
import { nearestHint } from '../../source/nearest.ts';
import { toStr, toWhole } from '../convert.ts';
import { Fault } from '../fault.ts';
import { repeat } from '../limits.ts';
import type { Dict, Value } from '../value.ts';

interface Style {
  readonly beginning?: string;
  readonly decoration: string;
  readonly end?: string;
}

const styles = new Map<string, Style>(Object.entries({
  plain: { decoration: '# ' },
  erlang: { decoration: '% ' },
  c: { decoration: '// ' },
  cblock: { beginning: '/*', decoration: ' * ', end: ' */' },
  xml: { beginning: '<!--', decoration: ' - ', end: '-->' },
}));

const known = ['newline', 'beginning', 'prefix', 'prefix_count', 'decoration', 'postfix', 'postfix_count', 'end'];

/** Decorates every line; `params` overrides parts of the style, by Ansible's names. */
export function comment(text: string, style: string, params: Dict): string {
  const chosen = styles.get(style);
  if (!chosen) throw new Fault(`there is no comment style "${style}"`, nearestHint(style, styles.keys()));
  for (const name of Object.keys(params)) if (!known.includes(name)) throw new Fault(`filter "comment" takes no argument "${name}"`, nearestHint(name, known));
  const given = (name: string, fallback: string): string => (Object.hasOwn(params, name) ? toStr(params[name] as Value) : fallback);
  const count = (name: string): number => (Object.hasOwn(params, name) ? toWhole(params[name] as Value) : 1);
  const newline = given('newline', '\n');
  const decoration = given('decoration', chosen.decoration);
  const [beginning, end] = [given('beginning', chosen.beginning ?? ''), given('end', chosen.end ?? '')];
  const [prefix, postfix] = [given('prefix', decoration.trimEnd()), given('postfix', decoration.trimEnd())];
  const top = prefix === '' ? '' : repeat(prefix === newline ? newline : prefix + newline, count('prefix_count'));
  const body = (decoration + text.replaceAll(newline, newline + decoration)).replaceAll(decoration + newline, decoration.trimEnd() + newline);
  return (beginning === '' ? '' : beginning + newline) + top + body + repeat(newline + postfix, count('postfix_count')) + (end === '' ? '' : newline + end);
}
