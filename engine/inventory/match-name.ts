/** One term of a pattern as a question to names. */

/** A term that matches names: exactly, as a shell glob (`web*`, `db[ab]`), or as a regular expression (`~web\d+`). */
export interface Matcher {
  /** The one name that can match, where there is no more than one. */
  readonly exact?: string;
  readonly matches: (name: string) => boolean;
}

/** The matcher of a term. Throws SyntaxError for a broken regular expression. */
export function matcherOf(text: string): Matcher {
  if (text.startsWith('~')) {
    const pattern = expression(text.slice(1));
    return { matches: (name) => pattern.test(name) };
  }
  if (!/[*?[]/.test(text)) return { exact: text, matches: (name) => name === text };
  const pattern = glob(text);
  return { matches: (name) => pattern.test(name) };
}

/** Python's `re.match`: from the beginning of the name on, to wherever it ends. */
function expression(text: string): RegExp {
  const flags = /^\(\?([aiLmsux]+)\)/.exec(text);
  const body = text.slice(flags?.[0].length ?? 0).replaceAll('(?P<', '(?<').replace(/\(\?P=(\w+)\)/g, '\\k<$1>').replaceAll('\\A', '^').replaceAll('\\Z', '$');
  return new RegExp(`^(?:${body})`, flags?.[1]?.includes('i') ? 'i' : '');
}

/** Python's `fnmatch`, for the whole name. */
function glob(text: string): RegExp {
  let source = '';
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    const close = char === '[' ? text.indexOf(']', at + (text[at + 1] === '!' ? 3 : 2)) : -1;
    if (char === '*') source += source.endsWith('.*') ? '' : '.*';
    else if (char === '?') source += '.';
    else if (close > 0) {
      const inside = text.slice(at + 1, close).replace(/[\\\]^[]/g, '\\$&').replace(/^!/, '^');
      source += `[${inside}]`;
      at = close;
    } else source += char.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  }
  return new RegExp(`^${source}$`, 's');
}
