/** Inventories in Ansible's INI: [groups] of hosts, [group:children], [group:vars]. */
import { nearestHint } from '../source/nearest.ts';
import type { Source, Span } from '../source/source.ts';
import { addChild, addGroup, groupNameFault, setGroupVariable, type Draft, type DraftGroup, type Origin } from './draft.ts';
import { linesOf, spanOf, type Line } from './ini-line.ts';
import { bounds } from './inventory.ts';
import { readIniHost } from './read-ini-host.ts';
import { readIniValue } from './read-ini-value.ts';

interface Reading {
  readonly source: Source;
  readonly draft: Draft;
  readonly origin: Origin;
  /** Groups that this file or an earlier source says to be there; `[g:vars]` alone does not. */
  readonly declared: Set<string>;
  /** Names that stand under [g:children] before their own section: name → parents. */
  readonly awaited: Map<string, { readonly parent: string; readonly span: Span }[]>;
  /** `[g:vars]` that came before g. */
  readonly early: Map<string, Span>;
  /** `skip` after a heading that makes no sense: what follows it would only add noise. */
  section: { readonly kind: 'hosts' | 'children' | 'vars' | 'skip'; readonly group: DraftGroup };
}

/** Adds what an INI source says to the draft, its problems included. Throws TextError past the bounds. */
export function readIni(source: Source, draft: Draft, origin: Origin): void {
  const section = { kind: 'hosts' as const, group: addGroup(draft, 'ungrouped') };
  const reading: Reading = { source, draft, origin, declared: new Set(draft.groups.keys()), awaited: new Map(), early: new Map(), section };
  const before = draft.problems.length;
  for (const line of linesOf(source)) {
    readLine(reading, line);
    if (draft.problems.length - before >= bounds.problems) return;
  }
  reportUndeclared(reading);
}

function readLine(reading: Reading, line: Line): void {
  const { draft, section } = reading;
  const header = /^\[([^:\]\s]+)(?::(\w+))?\]\s*(?:#.*)?$/.exec(line.text);
  if (header) openSection(reading, line, header[1]!, header[2] ?? 'hosts');
  else if (line.text.startsWith('[') && /\]\s*(#.*)?$/.test(line.text)) {
    draft.problems.push({ message: `"${line.text.slice(0, 60)}" is not a section`, span: spanOf(line), hint: 'a section is [group], [group:children] or [group:vars], without spaces' });
    reading.section = { ...section, kind: 'skip' };
  } else if (section.kind === 'hosts') readIniHost(line, section.group.name, reading.draft, reading.origin);
  else if (section.kind === 'vars') readVariable(reading, line);
  else if (section.kind === 'children') readChild(reading, line);
}

const kinds = ['hosts', 'children', 'vars'] as const;

function openSection(reading: Reading, line: Line, name: string, kindText: string): void {
  const { draft, declared, early } = reading;
  const span = spanOf(line, 1, 1 + name.length);
  const kind = kinds.find((each) => each === kindText);
  const fault = groupNameFault(name);
  if (fault) draft.problems.push({ message: `"${name.slice(0, 60)}": ${fault}`, span });
  if (!kind) draft.problems.push({ message: `unknown kind of section "${kindText}"`, span: spanOf(line, 2 + name.length, 2 + name.length + kindText.length), hint: nearestHint(kindText, kinds) });
  if (fault || !kind) {
    reading.section = { kind: 'skip', group: reading.section.group };
    return;
  }
  reading.section = { kind, group: addGroup(draft, name, span) };
  if (kind !== 'vars') declare(reading, name);
  else if (!declared.has(name) && !early.has(name)) early.set(name, span);
}

/** As Ansible: parents that waited for a group get it when its section comes, which settles the order of their children. */
function declare({ draft, declared, awaited, early }: Reading, name: string): void {
  declared.add(name);
  early.delete(name);
  for (const { parent, span } of awaited.get(name) ?? []) addChild(draft, parent, name, span);
  awaited.delete(name);
}

function readChild({ draft, section, declared, awaited }: Reading, line: Line): void {
  const name = /^([^:\]\s]+)\s*(?:#.*)?$/.exec(line.text)?.[1];
  if (name === undefined) {
    draft.problems.push({ message: `under [${section.group.name}:children] stands one group name a line`, span: spanOf(line), hint: /[\s=]/.test(line.text) ? 'hosts and their variables stand under [group]' : undefined });
    return;
  }
  const span = spanOf(line, 0, name.length);
  if (declared.has(name)) addChild(draft, section.group.name, name, span);
  else awaited.set(name, [...(awaited.get(name) ?? []), { parent: section.group.name, span }]);
}

function readVariable({ draft, section }: Reading, line: Line): void {
  const equals = line.text.indexOf('=');
  const name = line.text.slice(0, Math.max(equals, 0)).trim();
  if (name === '') {
    draft.problems.push({ message: `under [${section.group.name}:vars] stands one name=value a line`, span: spanOf(line), hint: /^[\w-]+\s*:/.test(line.text) ? 'INI variables are written with =, not with a colon' : undefined });
    return;
  }
  const raw = line.text.slice(equals + 1);
  const text = raw.trim();
  const start = equals + 1 + (text === '' ? 0 : raw.indexOf(text));
  const value = readIniValue(text, (from, to) => spanOf(line, start + from, start + Math.max(to, from + 1)));
  const comment = value.kind === 'scalar' && value.value === text ? text.search(/\s#/) : -1;
  if (comment >= 0) draft.warnings.push({ message: `the text from "#" on is part of the value of ${name}, as in Ansible`, span: spanOf(line, start + comment + 1, line.text.length), hint: 'a comment under [group:vars] stands on a line of its own' });
  setGroupVariable(draft, section.group, name, { tree: value });
}

function reportUndeclared({ draft, declared, awaited, early }: Reading): void {
  for (const [name, parents] of awaited) {
    for (const { parent, span } of parents) draft.problems.push({ message: `[${parent}:children] names the group "${name}", which has no section`, span, hint: nearestHint(name, declared) });
  }
  for (const [name, span] of early) draft.problems.push({ message: `[${name}:vars] is for a group that has no section`, span, hint: nearestHint(name, declared) });
}
