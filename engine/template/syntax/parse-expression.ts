/** Expressions: operators by Jinja2's precedence, from inline if down to what stands alone. */
import type { Arithmetic, Comparison, Expr } from './ast.ts';
import { parsePostfix, parseFilters } from './parse-postfix.ts';
import { countLink, deeper, expectSign, isName, isSign, makeParser, peek, take, takeName, takeSign, unexpected, type Parser } from './parser.ts';
import { Stop, type Token } from './token.ts';

/** A whole token list as one expression; nothing may follow it. Throws Stop. */
export function parseWhole(text: string, tokens: readonly Token[]): Expr {
  const p = makeParser(text, tokens, []);
  const expr = parseTuple(p);
  if (peek(p).kind !== 'end') throw unexpected(p, 'an operator or the end');
  return expr;
}

/** One expression: `a`, `a or b`, `a if c else b`. */
export function parseExpression(p: Parser): Expr {
  return deeper(p, () => {
    let then = parseOr(p);
    for (let links = 1; takeName(p, 'if'); countLink(p, links++)) {
      const test = parseOr(p);
      const otherwise = takeName(p, 'else') ? parseExpression(p) : undefined;
      then = { kind: 'choice', test, then, otherwise, start: then.start, end: (otherwise ?? test).end };
    }
    return then;
  });
}

/** Expressions apart by commas make a tuple; one alone is itself. `conditional` false: `if` ends it. */
export function parseTuple(p: Parser, options: { conditional?: boolean; ends?: (token: Token) => boolean; parenthesised?: boolean } = {}): Expr {
  const { conditional = true, ends = () => false, parenthesised = false } = options;
  const start = peek(p).start;
  const items: Expr[] = [];
  let isTuple = false;
  while (!ends(peek(p)) && !endsTuple(peek(p))) {
    items.push(conditional ? parseExpression(p) : deeper(p, () => parseOr(p)));
    if (!takeSign(p, ',')) break;
    isTuple = true;
  }
  if (!isTuple && items.length === 1) return items[0]!;
  if (items.length === 0 && !parenthesised) throw unexpected(p, 'an expression');
  return { kind: 'list', items, isTuple: true, start, end: p.tokens[p.at - 1]?.end ?? start };
}

function endsTuple(token: Token): boolean {
  return token.kind === 'close' || token.kind === 'end' || isSign(token, ')');
}

function parseOr(p: Parser): Expr {
  let left = parseAnd(p);
  for (let links = 1; takeName(p, 'or'); countLink(p, links++)) {
    const right = parseAnd(p);
    left = { kind: 'or', left, right, start: left.start, end: right.end };
  }
  return left;
}

function parseAnd(p: Parser): Expr {
  let left = parseNot(p);
  for (let links = 1; takeName(p, 'and'); countLink(p, links++)) {
    const right = parseNot(p);
    left = { kind: 'and', left, right, start: left.start, end: right.end };
  }
  return left;
}

function parseNot(p: Parser): Expr {
  if (!isName(peek(p), 'not')) return parseCompare(p);
  const { start } = take(p);
  const operand = deeper(p, () => parseNot(p));
  return { kind: 'not', operand, start, end: operand.end };
}

const comparisons = new Set(['==', '!=', '<', '<=', '>', '>=']);

function parseCompare(p: Parser): Expr {
  const first = parseArithmetic(p, 0);
  const rest: { sign: Comparison; operand: Expr }[] = [];
  for (let sign; (sign = takeComparison(p)); countLink(p, rest.length)) rest.push({ sign, operand: parseArithmetic(p, 0) });
  if (rest.length === 0) return first;
  return { kind: 'compare', first, rest, start: first.start, end: rest.at(-1)!.operand.end };
}

function takeComparison(p: Parser): Comparison | undefined {
  const token = peek(p);
  if (token.kind === 'sign' && comparisons.has(token.text)) return take(p).text as Comparison;
  if (takeName(p, 'in')) return 'in';
  if (!isName(token, 'not') || !isName(peek(p, 1), 'in')) return undefined;
  p.at += 2;
  return 'not in';
}

/** Weakest first; `~` stands between sums and products in Jinja2, and all of them lean to the left. */
const levels: readonly (readonly string[])[] = [['+', '-'], ['~'], ['*', '/', '//', '%'], ['**']];

function parseArithmetic(p: Parser, level: number): Expr {
  const signs = levels[level];
  if (!signs) return parseUnary(p, true);
  let left = parseArithmetic(p, level + 1);
  for (let links = 1; peek(p).kind === 'sign' && signs.includes(peek(p).text); countLink(p, links++)) {
    const sign = take(p).text;
    const right = parseArithmetic(p, level + 1);
    if (sign !== '~') left = { kind: 'arithmetic', sign: sign as Arithmetic, left, right, start: left.start, end: right.end };
    else left = { kind: 'concat', parts: left.kind === 'concat' && links > 1 ? [...left.parts, right] : [left, right], start: left.start, end: right.end };
  }
  return left;
}

function parseUnary(p: Parser, filters: boolean): Expr {
  const token = peek(p);
  const isSigned = isSign(token, '-') || isSign(token, '+');
  const inner = isSigned ? signed(p, take(p)) : parsePrimary(p);
  const expr = parsePostfix(p, inner);
  return filters ? parseFilters(p, expr) : expr;
}

function signed(p: Parser, token: Token): Expr {
  const operand = deeper(p, () => parseUnary(p, false));
  return { kind: 'unary', sign: token.text as '-' | '+', operand, start: token.start, end: operand.end };
}

const words = new Map<string, boolean | null>([['true', true], ['True', true], ['false', false], ['False', false], ['none', null], ['None', null]]);

/** A name, literal, list, dict or what stands in parentheses. */
export function parsePrimary(p: Parser): Expr {
  const token = peek(p);
  if (token.kind === 'name') return parseName(p, take(p));
  if (token.kind === 'string') return parseString(p, take(p));
  if (token.kind === 'int' || token.kind === 'float') return parseNumber(take(p));
  if (isSign(token, '(')) return parseParentheses(p, take(p));
  if (isSign(token, '[')) return parseList(p, take(p));
  if (isSign(token, '{')) return parseDict(p, take(p));
  throw unexpected(p, 'a value');
}

const reserved = new Set(['and', 'or', 'in', 'is', 'not', 'else', 'if']);

function parseName(p: Parser, token: Token): Expr {
  const { text: name, start, end } = token;
  const value = words.get(name);
  if (value !== undefined) return { kind: 'literal', value, start, end };
  if (reserved.has(name)) {
    p.at--;
    throw unexpected(p, 'a value');
  }
  return { kind: 'name', name, start, end };
}

function parseString(p: Parser, first: Token): Expr {
  let value = first.text;
  let end = first.end;
  while (peek(p).kind === 'string') {
    value += peek(p).text;
    end = take(p).end;
  }
  return { kind: 'literal', value, start: first.start, end };
}

function parseNumber({ kind, text, start, end }: Token): Expr {
  const value = Number(text);
  if (kind === 'float') return Number.isInteger(value) ? { kind: 'float', value, start, end } : { kind: 'literal', value, start, end };
  if (!Number.isSafeInteger(value)) throw new Stop(`the number ${text} is larger than 2^53 and would lose digits`, start, end, 'write it in quotes');
  return { kind: 'literal', value, start, end };
}

function parseParentheses(p: Parser, open: Token): Expr {
  const inner = deeper(p, () => parseTuple(p, { parenthesised: true }));
  const { end } = expectSign(p, ')');
  return { ...inner, start: open.start, end };
}

function parseList(p: Parser, open: Token): Expr {
  const items: Expr[] = [];
  while (!isSign(peek(p), ']')) {
    items.push(parseExpression(p));
    if (!takeSign(p, ',')) break;
  }
  const { end } = expectSign(p, ']');
  return { kind: 'list', items, isTuple: false, start: open.start, end };
}

function parseDict(p: Parser, open: Token): Expr {
  const entries: [Expr, Expr][] = [];
  while (!isSign(peek(p), '}')) {
    const key = parseExpression(p);
    expectSign(p, ':');
    entries.push([key, parseExpression(p)]);
    if (!takeSign(p, ',')) break;
  }
  const { end } = expectSign(p, '}');
  return { kind: 'dict', entries, start: open.start, end };
}
