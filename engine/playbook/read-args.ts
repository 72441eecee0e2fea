/** A module's arguments in the forms Ansible takes: a mapping, `key=value` text, free text, and `args:`. */
import type { Module } from '../module/module.ts';
import type { Span } from '../source/source.ts';
import { keyText, spanWithin, type Scalar, type Tree } from '../source/tree.ts';
import type { Arg, Args } from './playbook.ts';
import { compiled, kindName, report, type Where } from './reading.ts';

/** Reads what stands after a module's name, and the task's `args:` where there are some. */
export function readArgs(where: Where, name: string, module: Module, key: Span, value: Tree, extra: Tree | undefined): Args {
  const fields = new Map<string, Arg>();
  const put = (word: string, at: Span, tree: Tree): void => {
    const field = module.aliases?.[word] ?? word;
    const before = fields.get(field);
    if (before) report(where, word === field ? `"${field}" is given twice` : `"${word}" is another name for "${field}", which is given too`, at);
    else fields.set(field, { name: field, key: at, value: compiled(where, tree) });
  };
  let whole: Args['whole'];
  if (extra?.kind === 'map') for (const entry of extra.entries) put(keyText(entry.key), entry.key.span, entry.value);
  else if (extra?.kind === 'scalar' && typeof extra.value === 'string' && extra.value.includes('{{')) whole = compiled(where, extra);
  else if (extra) report(where, `"args" must be a mapping, found ${kindName(extra)}`, extra.span);

  if (value.kind === 'map') for (const entry of value.entries) put(keyText(entry.key), entry.key.span, entry.value);
  else if (value.kind === 'scalar' && typeof value.value === 'string' && isOneTemplate(value.value) && !module.freeForm) whole = compiled(where, value);
  else if (value.kind === 'scalar' && value.value !== null) readText(where, name, module, value, put);
  else if (value.kind === 'list') report(where, `the params of "${name}" must be a mapping, found a list`, value.span, 'write them as `name: value` without the dash');
  return { span: key, fields, whole };
}

function readText(where: Where, name: string, module: Module, value: Scalar, put: (word: string, at: Span, tree: Tree) => void): void {
  const text = String(value.text);
  if (module.freeForm) return readFreeForm(module.freeForm, module.freeFormOptions ?? [], value, text, put);
  for (const piece of pieces(text)) {
    const equals = text.slice(piece.start, piece.end).indexOf('=');
    const span = spanWithin(value, piece.start, piece.end);
    if (equals <= 0) {
      report(where, `"${text.slice(piece.start, piece.end)}" is not of the form key=value, and "${name}" takes no free text`, span);
      continue;
    }
    const from = piece.start + equals + 1;
    put(text.slice(piece.start, piece.start + equals), span, pieceValue(value, text, from, piece.end));
  }
}

/** Free text; words such as `creates=/x` that the module takes in it are params of their own, wherever they stand. */
function readFreeForm(field: string, options: readonly string[], value: Scalar, text: string, put: (word: string, at: Span, tree: Tree) => void): void {
  const own = options.length === 0 ? [] : pieces(text).filter((piece) => options.some((name) => text.startsWith(`${name}=`, piece.start)));
  for (const piece of own) {
    const equals = text.indexOf('=', piece.start);
    put(text.slice(piece.start, equals), spanWithin(value, piece.start, piece.end), pieceValue(value, text, equals + 1, piece.end));
  }
  if (own.length === 0) return put(field, value.span, value);
  let rest = '';
  let at = 0;
  for (const piece of own) {
    rest += text.slice(at, piece.start);
    at = piece.end;
  }
  rest = `${rest}${text.slice(at)}`.trim();
  if (rest !== '') put(field, value.span, { ...value, value: rest, text: rest });
}

/** The value of one key=value, its quotes removed, its place kept. */
function pieceValue(scalar: Scalar, text: string, from: number, to: number): Scalar {
  const quoted = to - from >= 2 && /^["']/.test(text[from]!) && text[from] === text[to - 1];
  const [start, end] = quoted ? [from + 1, to - 1] : [from, to];
  const value = quoted ? text.slice(start, end).replaceAll(`\\${text[from]}`, text[from]!) : text.slice(start, end);
  return { kind: 'scalar', value, text: value, style: 'plain', tag: scalar.tag, span: spanWithin(scalar, start, end) };
}

/** Words of a text, split at spaces that stand neither in quotes nor in braces. */
function pieces(text: string): { readonly start: number; readonly end: number }[] {
  const found: { start: number; end: number }[] = [];
  let start = -1;
  let quote = '';
  let braces = 0;
  for (let at = 0; at <= text.length; at++) {
    const char = text[at] ?? ' ';
    const space = /\s/.test(char) && quote === '' && braces === 0;
    if (space || at === text.length) {
      if (start >= 0) found.push({ start, end: at });
      start = -1;
      continue;
    }
    if (start < 0) start = at;
    if (braces === 0 && (char === '"' || char === "'") && text[at - 1] !== '\\') quote = quote === char ? '' : quote === '' ? char : quote;
    if (text.startsWith('{{', at) || text.startsWith('{%', at)) braces++;
    if (text.startsWith('}}', at - 1) || text.startsWith('%}', at - 1)) braces = Math.max(0, braces - 1);
  }
  return found;
}

function isOneTemplate(text: string): boolean {
  return /^\s*\{\{[^]*\}\}\s*$/.test(text) && text.indexOf('{{') === text.lastIndexOf('{{');
}
