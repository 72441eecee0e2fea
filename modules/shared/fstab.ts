/** /etc/fstab as lines of fields, and the text with one entry changed and every other byte as it was. */
import { bytesOf } from './python-regex.ts';

/** One entry; texts are bytes (latin1), blanks and backslashes as themselves and not as fstab escapes them. */
export interface FstabEntry {
  readonly src: string;
  readonly path: string;
  readonly fstype: string;
  readonly opts: string;
  readonly dump: string;
  readonly passno: string;
}

/** Says whether an entry is meant. */
export type Meant = (entry: FstabEntry) => boolean;

/** The entries of a file, in its order. Comments, empty lines and lines with less than three fields are passed over. */
export function readFstab(text: string): FstabEntry[] {
  return linesOf(text).flatMap((line) => readEntry(line) ?? []);
}

/**
 * The file with this entry where the first meant line stood, at the end where there is none, and once. A line that says
 * the same already stays as it is written; in one that is changed, blanks and a comment at its end stay.
 */
export function withEntry(text: string, entry: FstabEntry, isMeant: Meant): string {
  const lines = linesOf(text);
  const at = lines.findIndex((line) => isMeantLine(line, isMeant));
  if (at < 0) return [...lines, ...(lines.length === 0 || lines.at(-1)!.endsWith('\n') ? [] : ['\n']), `${valuesOf(entry).map(escaped).join(' ')}\n`].join('');
  return lines.flatMap((line, index) => (index === at ? [rewritten(line, entry)] : isMeantLine(line, isMeant) ? [] : [line])).join('');
}

/** The file without the meant entries: their lines gone, or made comments, and those lines without their ends. */
export function withoutEntries(text: string, isMeant: Meant, how: 'remove' | 'comment'): { readonly content: string; readonly lines: readonly string[] } {
  const found: string[] = [];
  const kept = linesOf(text).flatMap((line) => {
    if (!isMeantLine(line, isMeant)) return [line];
    found.push(line.replace(/\r?\n$/, ''));
    return how === 'comment' ? [`# ${line}`] : [];
  });
  return { content: kept.join(''), lines: found };
}

/** An entry as it was asked for, made bytes. */
export function entryBytes(entry: FstabEntry): FstabEntry {
  return { src: bytesOf(entry.src), path: bytesOf(entry.path), fstype: bytesOf(entry.fstype), opts: bytesOf(entry.opts), dump: bytesOf(entry.dump), passno: bytesOf(entry.passno) };
}

/** A path without slashes at its end, as two ways to write one mount point are compared. */
export function plainPath(path: string): string {
  return path.replace(/(.)\/+$/, '$1');
}

function isMeantLine(line: string, isMeant: Meant): boolean {
  const entry = readEntry(line);
  return entry !== undefined && isMeant(entry);
}

function readEntry(line: string): FstabEntry | undefined {
  const [src, path, fstype, opts = 'defaults', dump = '0', passno = '0'] = fieldsOf(line).map(({ word }) => unescaped(word));
  return src === undefined || path === undefined || fstype === undefined ? undefined : { src, path, fstype, opts, dump, passno };
}

/** The words of a line up to its comment, six at most, each with the blanks before it. */
function fieldsOf(line: string): { readonly blank: string; readonly word: string }[] {
  const all = [...line.matchAll(/([ \t]*)([^ \t\r\n]+)/g)].map(([, blank = '', word = '']) => ({ blank, word }));
  const comment = all.findIndex(({ word }) => word.startsWith('#'));
  return all.slice(0, Math.min(6, comment < 0 ? 6 : comment));
}

function rewritten(line: string, entry: FstabEntry): string {
  const fields = fieldsOf(line);
  const rest = line.slice(fields.reduce((sum, { blank, word }) => sum + blank.length + word.length, 0));
  const words = valuesOf(entry);
  const defaults = ['', '', '', 'defaults', '0', '0'];
  const last = words.findLastIndex((word, at) => at < fields.length || word !== defaults[at]);
  return words.slice(0, last + 1).map((word, at) => {
    const field = fields[at];
    return field ? field.blank + (unescaped(field.word) === word ? field.word : escaped(word)) : ` ${escaped(word)}`;
  }).join('') + rest;
}

function valuesOf({ src, path, fstype, opts, dump, passno }: FstabEntry): string[] {
  return [src, path, fstype, opts, dump, passno];
}

/** As fstab(5) and the kernel's own tables have it: `\040` for a space. A `#` would begin a comment. */
function escaped(word: string): string {
  return word.replace(/[ \t\n\\]|^#/g, (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`);
}

/** A word of fstab or of the kernel's tables of mounts, its octal escapes resolved. */
export function unescaped(word: string): string {
  return word.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));
}

/** Lines with their ends. */
function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}
