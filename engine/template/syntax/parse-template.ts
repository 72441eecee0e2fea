/** Templates: text, `{{ }}` and statements within each other. Every broken tag is noted, and reading goes on after it. */
import { nearestHint } from '../../source/nearest.ts';
import { limits } from '../limits.ts';
import type { Body, Expr, Statement } from './ast.ts';
import { parseTuple } from './parse-expression.ts';
import { makeParser, peek, take, unexpected, type Parser } from './parser.ts';
import { statementReaders } from './parse-statement.ts';
import { Stop, type Flaw, type Token } from './token.ts';

/** A token list as the body of a template; what is wrong is added to `flaws`. */
export function parseTemplate(text: string, tokens: readonly Token[], flaws: Flaw[]): Body {
  const p = makeParser(text, tokens, flaws);
  const body: Statement[] = [];
  while (peek(p).kind !== 'end') {
    body.push(...readBody(p, []));
    if (peek(p).kind !== 'end') strayTag(p);
  }
  return body;
}

/** Reads up to one of these tags, or any tag that ends a block; the tag's `{%` and name are left unread. */
export function readBody(p: Parser, ends: readonly string[]): Statement[] {
  if (++p.depth > limits.nesting) throw new Stop(`blocks nest deeper than ${limits.nesting} levels`, peek(p).start, peek(p).end);
  const body: Statement[] = [];
  for (let token; (token = peek(p)).kind !== 'end'; ) {
    if (token.kind === 'text') body.push({ kind: 'text', text: take(p).text, start: token.start, end: token.end });
    else if (token.text === '{{') readOutput(p, body);
    else if (ends.includes(peek(p, 1).text) || closers.has(peek(p, 1).text)) break;
    else readStatement(p, body);
  }
  p.depth--;
  return body;
}

const closers = new Set(['endif', 'endfor', 'endset', 'endmacro', 'endcall', 'endfilter', 'endwith', 'endraw', 'endblock', 'elif', 'else', 'endautoescape']);

function readOutput(p: Parser, body: Statement[]): void {
  const { start } = take(p);
  attempt(p, () => {
    const value: Expr = parseTuple(p);
    const { end } = closeTag(p);
    body.push({ kind: 'output', value, start, end });
  });
}

function readStatement(p: Parser, body: Statement[]): void {
  const open = take(p);
  attempt(p, () => {
    const word = peek(p);
    const read = word.kind === 'name' ? statementReaders.get(word.text) : undefined;
    if (!read) throw unknownTag(p, word);
    take(p);
    body.push(read(p, open));
  });
}

function unknownTag(p: Parser, word: Token): Stop {
  if (word.kind !== 'name') return unexpected(p, 'the name of a statement');
  const missing: Readonly<Record<string, string>> = {
    extends: 'write the text in one file, or use {% include %}', block: 'write the text where it stands, or use a macro',
    trans: 'this template engine translates no texts', autoescape: 'nothing is escaped by itself; use | e', debug: "use the debug module, or {{ vars }}",
  };
  const hint = missing[word.text] ?? nearestHint(word.text, statementReaders.keys());
  return new Stop(word.text in missing ? `{% ${word.text} %} is not supported` : `there is no statement "${word.text}"`, word.start, word.end, hint);
}

/** Runs a reader; where it stops, notes why and skips to the end of the tag. */
function attempt(p: Parser, read: () => void): void {
  const depth = p.depth;
  try {
    read();
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    p.flaws.push(error.flaw);
    p.depth = depth;
    while (peek(p).kind !== 'end' && peek(p).kind !== 'close') take(p);
    take(p);
  }
}

/** A tag that closes what was not opened. */
function strayTag(p: Parser): void {
  take(p);
  const word = take(p);
  const within = word.text.startsWith('end') ? `without {% ${word.text.slice(3)} %}` : 'outside {% if %} and {% for %}';
  if (p.flaws.length === 0) p.flaws.push({ message: `{% ${word.text} %} ${within}`, start: word.start, end: word.end });
  while (peek(p).kind !== 'end' && peek(p).kind !== 'close') take(p);
  take(p);
}

/** Takes the end of a tag, or stops. */
export function closeTag(p: Parser): Token {
  if (peek(p).kind !== 'close') throw unexpected(p, peek(p).kind === 'end' ? 'the end of the tag' : 'an operator or the end of the tag');
  return take(p);
}
