/** A template's text to tokens: text between tags, and the words within them. White space is cut as tags ask. */
import { lexTag } from './lex-tag.ts';
import { Stop, type Flaw, type Token } from './token.ts';

export interface LexOptions {
  /** The first line end after a `{% %}` or `{# #}` is dropped. */
  readonly trimBlocks: boolean;
  /** White space from the start of a line to a `{% %}` or `{# #}` is dropped. */
  readonly lstripBlocks: boolean;
  /** Backslashes in strings of `{{ }}` stand for themselves, as in Ansible's playbooks. */
  readonly rawStrings: boolean;
  /** Offset where the template begins. */
  readonly from?: number;
}

interface Lexer {
  readonly text: string;
  readonly options: LexOptions;
  readonly tokens: Token[];
  readonly flaws: Flaw[];
  at: number;
}

/** Tokens of a template, and what is wrong with its tags; a flaw makes the tokens useless. */
export function lexTemplate(text: string, options: LexOptions): { tokens: Token[]; flaws: Flaw[] } {
  const lexer: Lexer = { text, options, tokens: [], flaws: [], at: options.from ?? 0 };
  const opening = /\{[{%#]/g;
  for (;;) {
    opening.lastIndex = lexer.at;
    const found = opening.exec(text);
    if (!found) break;
    readTag(lexer, found.index, found[0] as '{{' | '{%' | '{#');
  }
  data(lexer, lexer.at, text.length, '', false);
  lexer.tokens.push({ kind: 'end', text: '', start: text.length, end: text.length });
  return { tokens: lexer.tokens, flaws: lexer.flaws };
}

/** Tokens of a bare expression. Throws Stop. */
export function lexExpression(text: string, rawStrings: boolean): Token[] {
  const tokens: Token[] = [];
  lexTag(text, 0, undefined, rawStrings, tokens);
  tokens.push({ kind: 'end', text: '', start: text.length, end: text.length });
  return tokens;
}

function readTag(lexer: Lexer, start: number, open: '{{' | '{%' | '{#'): void {
  const sign = lexer.text[start + 2];
  const mark = sign === '-' || sign === '+' ? sign : '';
  data(lexer, lexer.at, start, mark, open !== '{{');
  lexer.at = start + 2 + mark.length;
  if (open === '{#') return readComment(lexer, start);
  if (open === '{%' && readRaw(lexer, start)) return;
  const close = open === '{{' ? '}}' : '%}';
  lexer.tokens.push({ kind: 'open', text: open, start, end: lexer.at });
  try {
    const end = lexTag(lexer.text, lexer.at, close, lexer.options.rawStrings && open === '{{', lexer.tokens);
    if (!end) throw new Stop(`this ${open} has no ${close}`, start, start + 2);
    lexer.tokens.push({ kind: 'close', text: open, start: end.start, end: end.after });
    lexer.at = end.after;
    trimAfter(lexer, end.mark, open === '{%');
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    recover(lexer, start, close, error);
  }
}

/** Notes the flaw and goes on after the next closing mark. */
function recover(lexer: Lexer, start: number, close: string, { flaw }: Stop): void {
  const after = lexer.text.indexOf(close, lexer.at);
  const open = lexer.text.slice(start, start + 2);
  if (after < 0 && flaw.message.endsWith(`has no ${close[0]}`)) lexer.flaws.push({ message: `this ${open} has no ${close}`, start, end: start + 2, hint: flaw.hint });
  else lexer.flaws.push(flaw);
  lexer.at = after < 0 ? lexer.text.length : after + 2;
}

function readComment(lexer: Lexer, start: number): void {
  const end = /([-+]?)#\}/g;
  end.lastIndex = lexer.at;
  const found = end.exec(lexer.text);
  if (!found) {
    lexer.flaws.push({ message: 'this {# has no #}', start, end: start + 2, hint: "{# begins a comment; for the characters themselves write {{ '{#' }}" });
    lexer.at = lexer.text.length;
    return;
  }
  lexer.at = end.lastIndex;
  trimAfter(lexer, found[1] as '' | '-' | '+', true);
}

/** `{% raw %}`: all up to `{% endraw %}` is text. */
function readRaw(lexer: Lexer, start: number): boolean {
  const begin = /\s*raw\s*(-?)%\}/y;
  begin.lastIndex = lexer.at;
  const found = begin.exec(lexer.text);
  if (!found) return false;
  lexer.at = begin.lastIndex;
  trimAfter(lexer, found[1] as '' | '-', false);
  const end = /\{%([-+]?)\s*endraw\s*([-+]?)%\}/g;
  end.lastIndex = lexer.at;
  const close = end.exec(lexer.text);
  if (!close) {
    lexer.flaws.push({ message: 'this raw block has no {% endraw %}', start, end: begin.lastIndex });
    lexer.at = lexer.text.length;
    return true;
  }
  data(lexer, lexer.at, close.index, close[1] as '' | '-' | '+', true);
  lexer.at = end.lastIndex;
  trimAfter(lexer, close[2] as '' | '-' | '+', true);
  return true;
}

/** Adds the text before a tag, cut as the tag's sign and lstrip_blocks ask. */
function data(lexer: Lexer, start: number, end: number, mark: '' | '-' | '+', isBlock: boolean): void {
  let text = lexer.text.slice(start, end);
  if (mark === '-') text = text.trimEnd();
  else if (mark === '' && isBlock && lexer.options.lstripBlocks) {
    const line = Math.max(text.lastIndexOf('\n'), text.lastIndexOf('\r')) + 1;
    const startsLine = line > 0 || start === 0 || /[\n\r]/.test(lexer.text[start - 1]!);
    if (startsLine && text.slice(line).trim() === '') text = text.slice(0, line);
  }
  if (text !== '') lexer.tokens.push({ kind: 'text', text: text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text, start, end: start + text.length });
}

/** Skips what a closing mark drops behind it. */
function trimAfter(lexer: Lexer, mark: '' | '-' | '+', isBlock: boolean): void {
  const pattern = mark === '-' ? /\s*/y : mark === '' && isBlock && lexer.options.trimBlocks ? /(?:\r\n|\r|\n)?/y : undefined;
  if (!pattern) return;
  pattern.lastIndex = lexer.at;
  pattern.exec(lexer.text);
  lexer.at = pattern.lastIndex;
}
