/** Rules as iptables writes them, for ufw's files and for hosts whose rules iptables itself keeps. */
import { protocolNumbers, type Rule } from './firewall-rule.ts';

/** The chains that let in what is for the host, and what goes through it. */
export interface Chains {
  readonly input: string;
  readonly forward: string;
}

/** One line: a chain and the words of the rule. */
export interface Line {
  readonly chain: string;
  readonly words: readonly string[];
}

/** The lines that a rule means in one family of addresses; none where it is about the other. */
export function linesFor(rule: Rule, family: 4 | 6, { input, forward }: Chains): Line[] {
  const line = (chain: string, ...words: string[]): Line => ({ chain, words: [...words, '-j', 'ACCEPT'] });
  switch (rule.kind) {
    case 'protocol': return [line(input, '-p', String(rule.number))];
    case 'interface': return [line(input, '-i', rule.name), line(forward, '-i', rule.name), line(forward, '-o', rule.name)];
    case 'source': return rule.from.family !== family ? [] : [line(input, '-s', rule.from.text), line(forward, '-s', rule.from.text), line(forward, '-d', rule.from.text)];
    case 'port': {
      const { proto, first, last, from } = rule;
      if (from && from.family !== family) return [];
      const port = first === last ? String(first) : `${first}:${last}`;
      return [line(input, ...(from ? ['-s', from.text] : []), '-p', proto, '--dport', port)];
    }
  }
}

/** A line in a form that is the same for all ways to write it: `-p tcp -m tcp --dport 22` is `--dport 22 -p 6`. */
export function lineKey({ chain, words }: Line): string {
  const options: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    const isNegated = words[at + 1] === '!' || word === '!';
    const name = word === '!' ? words[++at]! : word;
    const values = [];
    while (at + 1 < words.length && !/^-/.test(words[at + 1]!) && words[at + 1] !== '!') values.push(words[++at]!);
    if (isDropped(name, values)) continue;
    options.push(`${isNegated ? '! ' : ''}${name === '--dports' ? '--dport' : name} ${values.map((value) => plainValue(name, value)).join(' ')}`);
  }
  return `${chain} ${options.sort().join(' ')}`;
}

/** The `-A` lines of what iptables -S or iptables-save prints. */
export function readLines(text: string): Line[] {
  return text.split('\n').flatMap((line) => {
    if (!line.startsWith('-A ')) return [];
    const [, chain = '', ...words] = (line.match(/"(?:[^"\\]|\\.)*"|'[^']*'|\S+/g) ?? []).map((word) => word.replace(/^(["'])(.*)\1$/s, '$2'));
    return [{ chain, words }];
  });
}

/** Matches that are named by what follows them anyway, and what only people read. */
function isDropped(name: string, [value = '']: readonly string[]): boolean {
  return name === '--comment' || (name === '-m' && ['tcp', 'udp', 'sctp', 'multiport', 'comment'].includes(value));
}

function plainValue(name: string, value: string): string {
  if (name === '-p') return String(protocolNumbers[value] ?? ({ ipencap: 4 } as Record<string, number>)[value] ?? value);
  return name === '-s' || name === '-d' ? value.replace(/\/(32|128)$/, '') : value;
}
