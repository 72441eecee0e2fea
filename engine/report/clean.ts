/** Makes text that others wrote harmless before it reaches a terminal. */

/** CSI, then OSC and its kin up to their end, then the short ones: ECMA-48 in 7-bit and 8-bit form. */
const sequences = /(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x90\x98\x9c-\x9f]*(?:\x07|\x1b\\|\x9c)|\x1b[ -/]*[0-Z\\^-~]/g;
/** Controls, and the marks that turn the direction of text round or break lines where none is meant. */
const suspects = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;
const everySuspect = new RegExp(suspects, 'g');

/** Text of many lines: escape sequences are taken out, other controls shown as `\x07`; newlines and tabs stay. */
export function cleanText(text: string): string {
  if (!suspects.test(text)) return text;
  const bare = text.replace(sequences, '').replace(/\r+\n/g, '\n').replace(/\r/g, '\n');
  return bare.replace(everySuspect, visible);
}

/** Text that belongs on one line (a name, a path): as cleanText, and newlines are shown as `\n`. */
export function cleanLine(text: string): string {
  const bare = suspects.test(text) ? text.replace(sequences, '').replace(/\r/g, '\\r').replace(everySuspect, visible) : text;
  return bare.includes('\n') || bare.includes('\t') ? bare.replaceAll('\n', '\\n').replaceAll('\t', ' ') : bare;
}

function visible(mark: string): string {
  const code = mark.charCodeAt(0);
  return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}
