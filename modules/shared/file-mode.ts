/** Permission bits: what an octal or symbolic mode makes of the bits that a file has. */
import { ModuleFailure } from '../../engine/module/kit.ts';

/** Bits that a mode puts in and takes out; what is in neither stays as it is. */
export interface Bits {
  readonly set: number;
  readonly clear: number;
}

/** What of a file a symbolic mode looks at: X asks for directories and for any x bit, g=u for the bits themselves. */
export interface ModeOf {
  readonly directory: boolean;
  readonly executable: boolean;
  /** Missing where many files are meant at once; then g=u cannot be said. */
  readonly mode?: number | undefined;
}

const all = 0o7777;
const shift = { u: 6, g: 3, o: 0 } as const;
const special = { u: 0o4000, g: 0o2000, o: 0o1000 } as const;
/** A clause without u, g, o or a leaves these bits alone, as chmod does under the usual umask. */
const umask = 0o022;

/** Four octal digits or more: what `mode` makes of a file that is as `stat` says. Throws ModuleFailure for a mode it cannot read. */
export function applyMode(mode: string, stat: { readonly kind: string; readonly mode: string }): string {
  const now = parseInt(stat.mode, 8);
  const { set, clear } = modeBits(mode, { directory: stat.kind === 'directory', executable: (now & 0o111) !== 0, mode: now });
  return octal((now | set) & ~clear);
}

/** The bits that a mode sets and clears. */
export function modeBits(mode: string, of: ModeOf): Bits {
  if (/^[0-7]+$/.test(mode)) return { set: parseInt(mode, 8), clear: all & ~parseInt(mode, 8) };
  let bits: Bits = { set: 0, clear: 0 };
  for (const clause of mode.split(',')) {
    const [, who = '', rest = ''] = /^([ugoa]*)(.*)$/.exec(clause) ?? [];
    const users = who === '' || who.includes('a') ? (['u', 'g', 'o'] as const) : ([...new Set(who)] as ('u' | 'g' | 'o')[]);
    for (const [, operator, perms] of rest.matchAll(/([-+=])([^-+=]*)/g)) {
      for (const user of users) bits = applied(bits, user, operator!, permBits(perms!, user, of, who === '', mode));
    }
  }
  return bits;
}

function applied(bits: Bits, user: 'u' | 'g' | 'o', operator: string, perms: number): Bits {
  if (operator === '-') return { set: bits.set & ~perms, clear: bits.clear | perms };
  const wiped = operator === '=' ? (0o7 << shift[user]) | special[user] : 0;
  return { set: (bits.set & ~wiped) | perms, clear: (bits.clear | wiped) & ~perms };
}

function permBits(perms: string, user: 'u' | 'g' | 'o', of: ModeOf, masked: boolean, whole: string): number {
  let bits = 0;
  for (const perm of perms) {
    if (perm in shift) {
      if (of.mode === undefined) throw new ModuleFailure(`the mode "${whole}" copies bits, which cannot be said of many files at once`, { hint: 'name the bits: u=rwX,g=rX' });
      bits |= ((of.mode >> shift[perm as 'u' | 'g' | 'o']) & 0o7) << shift[user];
    } else if (perm === 's') bits |= user === 'o' ? 0 : special[user];
    else if (perm === 't') bits |= user === 'o' ? special.o : 0;
    else if (perm === 'X') bits |= of.directory || of.executable ? 0o1 << shift[user] : 0;
    else bits |= ({ r: 4, w: 2, x: 1 }[perm] ?? 0) << shift[user] & (masked ? ~umask : all);
  }
  return bits;
}

/** Bits in chmod's words, each user named, so that no umask and no kept setgid bit plays in: `u+rw,u-xs`. */
export function chmodText(bits: Bits): string {
  const words: string[] = [];
  for (const user of ['u', 'g', 'o'] as const) {
    for (const [operator, mask] of [['+', bits.set], ['-', bits.clear]] as const) {
      const triple = (mask >> shift[user]) & 0o7;
      const letters = `${triple & 4 ? 'r' : ''}${triple & 2 ? 'w' : ''}${triple & 1 ? 'x' : ''}${mask & special[user] ? (user === 'o' ? 't' : 's') : ''}`;
      if (letters !== '') words.push(`${user}${operator}${letters}`);
    }
  }
  return words.join(',');
}

/** The words of `find` that are true of an entry whose bits are not so; none where every entry is. */
export function findOtherBits(bits: Bits): string[] {
  const tests: string[] = [];
  if (bits.set !== 0) tests.push('!', '-perm', `-${octal(bits.set)}`);
  for (let bit = 1; bit <= 0o4000; bit <<= 1) if (bits.clear & bit) tests.push(...(tests.length > 0 ? ['-o'] : []), '-perm', `-${octal(bit)}`);
  return tests;
}

/** Bits as four octal digits. */
export function octal(bits: number): string {
  return (bits & all).toString(8).padStart(4, '0');
}
