/** One host line of an INI inventory: `web[01:10]:2222 name=value name="two words"`. */
import type { Span } from '../source/source.ts';
import type { Scalar } from '../source/tree.ts';
import { addHost, hostNameFault, type Draft, type Origin } from './draft.ts';
import { expandHosts } from './host-range.ts';
import { spanOf, type Line } from './ini-line.ts';
import type { VariableValue } from './inventory.ts';
import { readIniValue } from './read-ini-value.ts';
import { splitWords, type Word } from './shell-words.ts';

/** Adds the hosts of a line and their variables to a group of the draft, or says what is wrong. */
export function readIniHost(line: Line, group: string, draft: Draft, origin: Origin): void {
  const { words, fault, cut } = splitWords(line.text);
  if (fault) {
    draft.problems.push({ message: fault.message, span: spanOf(line, fault.at, fault.at + 1) });
    return;
  }
  const [name, ...assignments] = words;
  if (!name) return;
  if (cut !== undefined) draft.warnings.push({ message: 'the comment begins within a word and cuts it short, as in Ansible', span: spanOf(line, cut, cut + 1), hint: 'quote the whole value where "#" belongs to it: name="a#b"' });
  const vars = readVariables(line, assignments, draft);
  const span = spanOf(line, name.start, name.end);
  const expansion = expandHosts(name.text);
  const wrong = 'fault' in expansion ? expansion.fault : hostNameFault(expansion.names[0]!) ?? (name.text === '---' ? 'this line belongs to YAML, but the file is read as INI' : undefined);
  if ('fault' in expansion || wrong) {
    draft.problems.push({ message: wrong!, span, hint: 'hint' in expansion ? expansion.hint : undefined });
    return;
  }
  const port = expansion.port === undefined ? undefined : { tree: portTree(expansion.port, span) };
  for (const each of expansion.names) {
    const host = addHost(draft, each, group, origin, span);
    if (port) host.vars.set('ansible_port', port);
    for (const [key, value] of vars) host.vars.set(key, value);
  }
}

function readVariables(line: Line, words: readonly Word[], draft: Draft): readonly (readonly [string, VariableValue])[] {
  const vars: (readonly [string, VariableValue])[] = [];
  for (const word of words) {
    const equals = word.text.indexOf('=');
    if (equals > 0) vars.push([word.text.slice(0, equals), { tree: readIniValue(word.text.slice(equals + 1), placeIn(line, word, equals + 1)) }]);
    else {
      const hint = line.text.includes('{{') ? 'quote a value that holds spaces: name="{{ other }}"' : 'after the host stand variables, such as ansible_host=10.0.0.1; quote a value that holds spaces';
      draft.problems.push({ message: `"${word.text.slice(0, 60)}" is not name=value`, span: spanOf(line, word.start, word.end), hint });
      return vars;
    }
  }
  return vars;
}

/** From characters of a word's text, past its first `skip`, to their places in the file. */
function placeIn(line: Line, word: Word, skip: number): (start: number, end: number) => Span {
  return (start, end) => {
    const first = word.at[skip + start];
    const last = word.at[skip + end - 1];
    return first === undefined || last === undefined ? spanOf(line, word.start, word.end) : spanOf(line, first, last + 1);
  };
}

function portTree(port: number, name: Span): Scalar {
  const text = String(port);
  return { kind: 'scalar', value: port, text, style: 'plain', span: { ...name, start: name.end - text.length } };
}
