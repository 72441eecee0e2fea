/** Rules of iptables itself: in force by the command, at boot by the file that is loaded then. */
import type { Step } from '../../engine/module/kit.ts';
import type { Iptables } from './firewall-found.ts';
import type { Todo } from './firewall-plan.ts';
import type { Rule } from './firewall-rule.ts';
import { lineKey, linesFor, readLines, type Line } from './iptables-lines.ts';

const chains = { input: 'INPUT', forward: 'FORWARD' } as const;
const families = [4, 6] as const;

/** Whether the chains that drop have the rule, and the files that are loaded at boot. */
export function iptablesHas(found: Iptables, rule: Rule, exactly: boolean): { readonly now: boolean; readonly kept: boolean } {
  const test = (linesOf: (family: 4 | 6) => readonly Line[] | undefined): boolean => {
    const answers = families.flatMap((family) => {
      const lines = linesOf(family);
      return lines ? linesIn(found, rule, family).map((line) => has(lines, line)) : [];
    });
    return exactly ? answers.some(Boolean) : answers.every(Boolean);
  };
  return { now: test((family) => found.now[family]?.lines), kept: test((family) => found.saved[family] && readLines(found.saved[family].text)) };
}

/** First in their chains, so that what drops comes after them. */
export function iptablesSteps(found: Iptables, todo: readonly Todo[], opens: boolean): Step[] {
  const steps: Step[] = [];
  for (const family of families) {
    const now = found.now[family]?.lines;
    if (!now) continue;
    const lines = todo.flatMap(({ rule }) => linesIn(found, rule, family).map((line) => withComment(line, rule)));
    const command = family === 4 ? 'iptables' : 'ip6tables';
    for (const line of lines) {
      if (opens && !has(now, line)) steps.push({ kind: 'run', argv: [command, '-w', '-I', line.chain, ...line.words] });
      if (!opens) for (const one of now.filter((each) => lineKey(each) === lineKey(line))) steps.push({ kind: 'run', argv: [command, '-w', '-D', one.chain, ...one.words] });
    }
    const saved = found.saved[family];
    const text = saved && withSaved(saved.text, lines, opens);
    if (saved && text !== undefined && text !== saved.text) steps.push({ kind: 'write', path: saved.path, content: { text } });
  }
  return steps;
}

/** The lines of a rule, as far as their chains drop anything. */
function linesIn({ now }: Iptables, rule: Rule, family: 4 | 6): Line[] {
  return linesFor(rule, family, chains).filter(({ chain }) => now[family]?.chains.includes(chain));
}

function has(lines: readonly Line[], line: Line): boolean {
  return lines.some((each) => lineKey(each) === lineKey(line));
}

function withComment(line: Line, rule: Rule): Line {
  if (rule.kind !== 'port' || rule.comment === undefined) return line;
  return { ...line, words: [...line.words.slice(0, -2), '-m', 'comment', '--comment', rule.comment, ...line.words.slice(-2)] };
}

/** A file of iptables-save with lines first in its filter table, or without them. */
function withSaved(text: string, lines: readonly Line[], opens: boolean): string {
  if (!opens) return text.split('\n').filter((each) => !readLines(each).some((one) => has(lines, one))).join('\n');
  const quoted = (words: readonly string[]): string => words.map((word) => (/\s/.test(word) ? `"${word}"` : word)).join(' ');
  const missing = lines.filter((line) => !has(readLines(text), line)).map(({ chain, words }) => `-A ${chain} ${quoted(words)}\n`).join('');
  const table = /^\*filter\r?\n(?:[:#].*\n)*/m.exec(text);
  if (!table) return missing === '' ? text : `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}*filter\n${missing}COMMIT\n`;
  const at = table.index + table[0].length;
  return text.slice(0, at) + missing + text.slice(at);
}
