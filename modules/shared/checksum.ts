/** Checksums as users give them: `sha256:HEX`, or `sha256:URL` of a list of sums. */
import { ModuleFailure } from '../../engine/module/kit.ts';

export interface Checksum {
  readonly algorithm: string;
  /** Hex, or the address of a list. */
  readonly value: string;
}

const lengths: Readonly<Record<string, number>> = { md5: 32, sha1: 40, sha224: 56, sha256: 64, sha384: 96, sha512: 128 };

/** Reads what the user wrote. Throws ModuleFailure. */
export function readChecksum(text: string): Checksum {
  const [, algorithm = '', value = ''] = /^(\w+):(.*)$/s.exec(text.trim()) ?? [];
  const length = lengths[algorithm.toLowerCase()];
  if (length === undefined) throw new ModuleFailure(`the checksum "${text.slice(0, 80)}" does not begin with its algorithm`, { hint: `write ${algorithmOf(text.trim()) ?? 'sha256'}:… (known: ${Object.keys(lengths).join(', ')})` });
  if (/^\w+:\/\//.test(value)) return { algorithm: algorithm.toLowerCase(), value };
  return { algorithm: algorithm.toLowerCase(), value: readHex(value, length) };
}

function algorithmOf(hex: string): string | undefined {
  return Object.entries(lengths).find(([, length]) => length === hex.length)?.[0];
}

function readHex(value: string, length: number): string {
  const hex = value.replace(/[^\w]/g, '').toLowerCase();
  if (!/^[0-9a-f]+$/.test(hex) || hex.length !== length) throw new ModuleFailure(`"${value.slice(0, 140)}" is not a checksum of ${length} hex digits`);
  return hex;
}

/** The sum of a file in a list as sha256sum writes it; a list of one bare sum is that. Throws ModuleFailure where the file is not in it. */
export function findInList(list: string, name: string, { algorithm, value }: Checksum): string {
  const lines = list.split('\n').map((line) => line.trimEnd()).filter(Boolean);
  const length = lengths[algorithm]!;
  if (lines.length === 1 && !/\s/.test(lines[0]!)) return readHex(lines[0]!, length);
  for (const line of lines) {
    const [, sum, file] = /^(\S+) [ *]?(.*)$/.exec(line) ?? [];
    if (sum !== undefined && file?.replace(/^(\.?\/)+/, '') === name) return readHex(sum, length);
  }
  throw new ModuleFailure(`the list of checksums ${value} does not name ${name}`);
}
