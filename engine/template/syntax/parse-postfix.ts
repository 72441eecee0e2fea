/** What follows a value: `.name`, `[index]`, `(arguments)`, `| filter`, `is test`. */
import type { Arguments, Expr } from './ast.ts';
import { parseExpression, parsePrimary } from './parse-expression.ts';
import { countLink, deeper, expectName, expectSign, isName, isSign, peek, take, takeName, takeSign, unexpected, type Parser } from './parser.ts';
import { Stop } from './token.ts';

/** Attributes, items and calls after a value. */
export function parsePostfix(p: Parser, value: Expr): Expr {
  for (let links = 1; ; countLink(p, links++)) {
    const token = peek(p);
    if (isSign(token, '.')) value = parseAttribute(p, value);
    else if (isSign(token, '[')) value = parseSubscript(p, value);
    else if (isSign(token, '(')) value = parseCall(p, value);
    else return value;
  }
}

/** Filters and tests after a value. */
export function parseFilters(p: Parser, value: Expr): Expr {
  for (let links = 1; ; countLink(p, links++)) {
    const token = peek(p);
    if (takeSign(p, '|')) value = parseFilter(p, value);
    else if (isName(token, 'is')) value = parseTest(p, value);
    else if (isSign(token, '(')) value = parseCall(p, value);
    else return value;
  }
}

/** One filter; the `|` has been read. */
export function parseFilter(p: Parser, input: Expr): Expr {
  if (isSign(peek(p), '|')) throw new Stop('expected the name of a filter, found "|"', peek(p).start, peek(p).end, 'write "or"');
  const { name, nameAt } = dottedName(p, 'the name of a filter');
  const args = isSign(peek(p), '(') ? parseArguments(p) : none;
  return { kind: 'filter', input, name, nameAt, args, start: input.kind === 'body' ? nameAt.start : input.start, end: before(p) };
}

const none: Arguments = { positional: [], named: [], spread: undefined, spreadNamed: undefined };

function parseAttribute(p: Parser, object: Expr): Expr {
  take(p);
  const token = peek(p);
  if (token.kind === 'name') {
    take(p);
    return { kind: 'attribute', object, name: token.text, nameAt: token, start: object.start, end: token.end };
  }
  if (token.kind !== 'int') throw unexpected(p, 'a name or number after the point');
  take(p);
  const index: Expr = { kind: 'literal', value: Number(token.text), start: token.start, end: token.end };
  return { kind: 'item', object, index, start: object.start, end: token.end };
}

function parseSubscript(p: Parser, object: Expr): Expr {
  take(p);
  const parts: Expr[] = [];
  let isSlice = false;
  let step = 0;
  const bounds: (Expr | undefined)[] = [undefined, undefined, undefined];
  while (!isSign(peek(p), ']')) {
    if (takeSign(p, ':')) {
      isSlice = true;
      if (++step > 2) throw new Stop('a slice has at most three parts', peek(p).start, peek(p).end);
      continue;
    }
    bounds[step] = parseExpression(p);
    parts.push(bounds[step]!);
    if (!isSign(peek(p), ':')) break;
  }
  if (parts.length === 0 && !isSlice) throw unexpected(p, 'an index');
  const { end } = expectSign(p, ']');
  if (isSlice) return { kind: 'slice', object, from: bounds[0], to: bounds[1], step: bounds[2], start: object.start, end };
  return { kind: 'item', object, index: parts[0]!, start: object.start, end };
}

function parseCall(p: Parser, callee: Expr): Expr {
  const args = parseArguments(p);
  return { kind: 'call', callee, args, start: callee.start, end: before(p) };
}

/** `(a, b, name=c, *list, **dict)`. */
export function parseArguments(p: Parser): Arguments {
  return deeper(p, () => {
    expectSign(p, '(');
    const positional: Expr[] = [];
    const named: { name: string; value: Expr; nameAt: Expr }[] = [];
    let spread: Expr | undefined;
    let spreadNamed: Expr | undefined;
    while (!isSign(peek(p), ')')) {
      const token = peek(p);
      if (takeSign(p, '*')) spread = parseExpression(p);
      else if (takeSign(p, '**')) spreadNamed = parseExpression(p);
      else if (token.kind === 'name' && isSign(peek(p, 1), '=')) {
        p.at += 2;
        if (named.some(({ name }) => name === token.text)) throw new Stop(`the argument "${token.text}" is given twice`, token.start, token.end);
        named.push({ name: token.text, value: parseExpression(p), nameAt: { kind: 'name', name: token.text, start: token.start, end: token.end } });
      } else if (named.length > 0 || spread || spreadNamed) throw new Stop('an argument without a name stands after one with a name', token.start, token.end);
      else positional.push(parseExpression(p));
      if (!takeSign(p, ',')) break;
    }
    expectSign(p, ')');
    return { positional, named, spread, spreadNamed };
  });
}

function parseTest(p: Parser, input: Expr): Expr {
  take(p);
  const negated = takeName(p, 'not');
  const { name, nameAt } = dottedName(p, 'the name of a test');
  const args = isSign(peek(p), '(') ? parseArguments(p) : startsOperand(p) ? { ...none, positional: [parsePostfix(p, parsePrimary(p))] } : none;
  const test: Expr = { kind: 'test', input, name, nameAt, args, start: input.start, end: before(p) };
  return negated ? { kind: 'not', operand: test, start: test.start, end: test.end } : test;
}

/** `is divisibleby 3`: an argument without parentheses. */
function startsOperand(p: Parser): boolean {
  const token = peek(p);
  if (isName(token, 'is')) throw new Stop('tests cannot follow each other', token.start, token.end, 'write "a is x and a is y"');
  if (token.kind === 'name') return !['else', 'or', 'and', 'if', 'in', 'not', 'recursive'].includes(token.text);
  return ['string', 'int', 'float'].includes(token.kind) || isSign(token, '[') || isSign(token, '{');
}

function dottedName(p: Parser, what: string): { name: string; nameAt: { start: number; end: number } } {
  const first = expectName(p, what);
  let name = first.text;
  while (takeSign(p, '.')) name += `.${expectName(p, what).text}`;
  return { name, nameAt: { start: first.start, end: before(p) } };
}

function before(p: Parser): number {
  return p.tokens[p.at - 1]!.end;
}
