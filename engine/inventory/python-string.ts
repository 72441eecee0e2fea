/** Python's texts in quotes: prefixes, triple quotes and escapes. */

export interface PythonString {
  readonly value: string;
  /** Where it ends in the text, exclusive. */
  readonly end: number;
  /** True where it is one pair of quotes with nothing escaped, so that value and file agree letter by letter. */
  readonly simple: boolean;
}

const opening = /([rR][bB]?|[bB][rR]?|[uU])?('''|"""|'|")/y;
const escapes: Readonly<Record<string, string>> = { '\\': '\\', "'": "'", '"': '"', a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', '\n': '' };

/** The text in quotes that begins at `at`; undefined where none begins there or it never ends. */
export function readPythonString(text: string, at: number): PythonString | undefined {
  opening.lastIndex = at;
  const match = opening.exec(text);
  if (!match) return undefined;
  const [raw, prefix = '', quote] = match;
  const start = at + raw.length;
  const end = closing(text, start, quote!);
  if (end === undefined) return undefined;
  const body = text.slice(start, end);
  const value = /r/i.test(prefix) ? body : unescape(body);
  if (value === undefined) return undefined;
  return { value, end: end + quote!.length, simple: prefix === '' && quote!.length === 1 && value === body };
}

function closing(text: string, from: number, quote: string): number | undefined {
  for (let at = from; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text.startsWith(quote, at)) return at;
  }
  return undefined;
}

/** Undefined for `\N{name}` and broken `\x` and `\u`, which then are no literal; unknown escapes stay as they are. */
function unescape(body: string): string | undefined {
  let broken = false;
  const value = body.replace(/\\(?:([0-7]{1,3})|x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([\s\S]))/g, (whole, octal, x, u, long, char: string | undefined) => {
    if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8));
    const hex = x ?? u ?? long;
    if (hex !== undefined) {
      const code = Number.parseInt(hex, 16);
      if (code <= 0x10ffff) return String.fromCodePoint(code);
      broken = true;
      return whole;
    }
    if (char === 'x' || char === 'u' || char === 'U' || char === 'N') broken = true;
    return escapes[char!] ?? whole;
  });
  return broken ? undefined : value;
}
