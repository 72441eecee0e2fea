/** The statements of templates, one reader each: `{% if %}`, `{% for %}`, `{% set %}` and the others. */
import type { Body, Expr, Parameter, Statement, Target } from './ast.ts';
import { parseExpression, parseTuple } from './parse-expression.ts';
import { parseFilter } from './parse-postfix.ts';
import { closeTag, readBody } from './parse-template.ts';
import { expectName, expectSign, expectWord, isName, isSign, peek, take, takeName, takeSign, unexpected, type Parser } from './parser.ts';
import { Stop, type Token } from './token.ts';

type Reader = (p: Parser, open: Token) => Statement;

/** Readers by the word after `{%`, which has been read. */
export const statementReaders: ReadonlyMap<string, Reader> = new Map<string, Reader>(Object.entries({
  if: readIf,
  for: readFor,
  set: readSet,
  macro: readMacro,
  call: readCall,
  filter: readFilterBlock,
  with: readWith,
  do: (p: Parser, open: Token): Statement => ({ kind: 'do', value: parseTuple(p), ...finish(p, open) }),
  print: (p: Parser, open: Token): Statement => ({ kind: 'output', value: parseTuple(p), ...finish(p, open) }),
  break: (p: Parser, open: Token): Statement => ({ kind: 'break', ...finish(p, open) }),
  continue: (p: Parser, open: Token): Statement => ({ kind: 'continue', ...finish(p, open) }),
  include: readInclude,
  import: readImport,
  from: readFrom,
}));

function finish(p: Parser, open: Token): { start: number; end: number } {
  return { start: open.start, end: closeTag(p).end };
}

/** The body of a block up to one of these words, which is taken with its `{%`; the rest of its tag is left. */
function block(p: Parser, open: Token, ...ends: string[]): { body: Body; word: string } {
  takeSign(p, ':');
  closeTag(p);
  const body = readBody(p, ends);
  const word = peek(p, 1);
  if (peek(p).kind !== 'open') throw new Stop(`this {% ${p.text.slice(open.start, open.end + 20).match(/[a-z]+/)?.[0] ?? ''} %} has no {% ${ends.at(-1)} %}`, open.start, open.end);
  if (!ends.includes(word.text)) throw new Stop(`expected {% ${ends.at(-1)} %}, found {% ${word.text} %}`, word.start, word.end);
  take(p);
  take(p);
  return { body, word: word.text };
}

function readIf(p: Parser, open: Token): Statement {
  const branches: { test: Expr; body: Body }[] = [];
  for (;;) {
    const test = parseTuple(p, { conditional: false });
    const { body, word } = block(p, open, 'elif', 'else', 'endif');
    branches.push({ test, body });
    if (word === 'elif') continue;
    const otherwise = word === 'else' ? block(p, open, 'endif').body : [];
    return { kind: 'if', branches, otherwise, ...finish(p, open) };
  }
}

function readFor(p: Parser, open: Token): Statement {
  const target = readTarget(p, (token) => isName(token, 'in'));
  expectWord(p, 'in');
  const items = parseTuple(p, { conditional: false, ends: (token) => isName(token, 'recursive') });
  const where = takeName(p, 'if') ? parseExpression(p) : undefined;
  const recursive = takeName(p, 'recursive');
  const { body, word } = block(p, open, 'else', 'endfor');
  const otherwise = word === 'else' ? block(p, open, 'endfor').body : [];
  return { kind: 'for', target, items, where, recursive, body, otherwise, ...finish(p, open) };
}

function readSet(p: Parser, open: Token): Statement {
  const target = readTarget(p, (token) => isSign(token, '='));
  if (takeSign(p, '=')) return { kind: 'set', target, value: parseTuple(p), ...finish(p, open) };
  let filters: Expr = { kind: 'body', start: open.start, end: open.end };
  while (takeSign(p, '|')) filters = parseFilter(p, filters);
  const { body } = block(p, open, 'endset');
  return { kind: 'setBlock', target, filters, body, ...finish(p, open) };
}

/** Names to put values in: `a`, `a, b`, `(a, b), c`, `ns.a`. */
function readTarget(p: Parser, ends: (token: Token) => boolean): Target {
  const start = peek(p).start;
  const targets: Target[] = [];
  let several = false;
  do {
    if (ends(peek(p)) || isSign(peek(p), ')')) break;
    targets.push(readSingleTarget(p));
  } while (takeSign(p, ',') && (several = true));
  if (targets.length === 0) throw unexpected(p, 'a name');
  if (!several) return targets[0]!;
  return { kind: 'several', targets, start, end: p.tokens[p.at - 1]!.end };
}

function readSingleTarget(p: Parser): Target {
  if (takeSign(p, '(')) {
    const inner = readTarget(p, () => false);
    expectSign(p, ')');
    return inner;
  }
  const token = expectName(p);
  const constants = ['true', 'false', 'none', 'True', 'False', 'None'];
  if (constants.includes(token.text)) throw new Stop(`"${token.text}" is a constant and cannot be set`, token.start, token.end);
  if (!takeSign(p, '.')) return { kind: 'name', name: token.text, start: token.start, end: token.end };
  const field = expectName(p);
  return { kind: 'field', object: token.text, name: field.text, start: token.start, end: field.end };
}

function readParameters(p: Parser): Parameter[] {
  const params: Parameter[] = [];
  expectSign(p, '(');
  while (!isSign(peek(p), ')')) {
    const token = expectName(p, 'the name of an argument');
    const fallback = takeSign(p, '=') ? parseExpression(p) : undefined;
    if (!fallback && params.at(-1)?.fallback) throw new Stop('an argument without a default stands after one with a default', token.start, token.end);
    params.push({ name: token.text, fallback });
    if (!takeSign(p, ',')) break;
  }
  expectSign(p, ')');
  return params;
}

function readMacro(p: Parser, open: Token): Statement {
  const name = expectName(p, 'the name of the macro').text;
  const params = readParameters(p);
  const { body } = block(p, open, 'endmacro');
  return { kind: 'macro', name, params, body, ...finish(p, open) };
}

function readCall(p: Parser, open: Token): Statement {
  const params = isSign(peek(p), '(') ? readParameters(p) : [];
  const call = parseExpression(p);
  if (call.kind !== 'call') throw new Stop('expected the call of a macro: {% call name(...) %}', call.start, call.end);
  const { body } = block(p, open, 'endcall');
  return { kind: 'callBlock', params, call, body, ...finish(p, open) };
}

function readFilterBlock(p: Parser, open: Token): Statement {
  let filters = parseFilter(p, { kind: 'body', start: open.start, end: open.end });
  while (takeSign(p, '|')) filters = parseFilter(p, filters);
  const { body } = block(p, open, 'endfilter');
  return { kind: 'filterBlock', filters, body, ...finish(p, open) };
}

function readWith(p: Parser, open: Token): Statement {
  const pairs: { target: Target; value: Expr }[] = [];
  while (peek(p).kind !== 'close') {
    if (pairs.length > 0) expectSign(p, ',');
    const target = readSingleTarget(p);
    expectSign(p, '=');
    pairs.push({ target, value: parseExpression(p) });
  }
  const { body } = block(p, open, 'endwith');
  return { kind: 'with', pairs, body, ...finish(p, open) };
}

function readContext(p: Parser, fallback: boolean): boolean {
  const word = peek(p).text;
  if ((word !== 'with' && word !== 'without') || !isName(peek(p, 1), 'context')) return fallback;
  p.at += 2;
  return word === 'with';
}

function readInclude(p: Parser, open: Token): Statement {
  const template = parseExpression(p);
  const ignoreMissing = takeName(p, 'ignore');
  if (ignoreMissing) expectWord(p, 'missing');
  return { kind: 'include', template, ignoreMissing, context: readContext(p, true), ...finish(p, open) };
}

function readImport(p: Parser, open: Token): Statement {
  const template = parseExpression(p);
  expectWord(p, 'as');
  const as = expectName(p).text;
  return { kind: 'import', template, as, names: [], context: readContext(p, false), ...finish(p, open) };
}

function readFrom(p: Parser, open: Token): Statement {
  const template = parseExpression(p);
  expectWord(p, 'import');
  const names: { name: string; as: string }[] = [];
  do {
    if (isName(peek(p), 'with') || isName(peek(p), 'without')) break;
    const name = expectName(p).text;
    names.push({ name, as: takeName(p, 'as') ? expectName(p).text : name });
  } while (takeSign(p, ','));
  return { kind: 'import', template, as: undefined, names, context: readContext(p, false), ...finish(p, open) };
}
