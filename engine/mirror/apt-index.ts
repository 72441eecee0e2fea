/** The index of a flat apt repository, and the signature under it. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { field, type Deb } from './apt-resolve.ts';
import type { Platform } from './platform.ts';
import { publicKey, put, sign } from './sign.ts';

/** Names of a repository's files. */
export const indexFiles = { packages: 'Packages', signed: 'InRelease', release: 'Release', key: 'mirror.asc' } as const;

/** The packages that a repository's index names already and whose files are there: their paragraphs by file. */
export async function readIndexed(folder: string): Promise<Map<string, string>> {
  const text = await readFile(path.join(folder, indexFiles.packages), 'utf8').catch(() => '');
  const paragraphs = text.split(/\n\n+/).filter((each) => each.trim() !== '').map((each) => [fileOf(each), `${each.trim()}\n`] as const);
  return new Map(paragraphs.filter(([file]) => file !== '' && existsSync(path.join(folder, file))));
}

/** A package's paragraph as the mirror's index has it. */
export function indexed({ paragraph, file }: Deb): string {
  return paragraph.replace(/^Filename: .*$/m, `Filename: ${file}`);
}

/**
 * Writes the index of paragraphs and signs it; tells whether it is signed. The public key lies beside it. An index that is as asked,
 * signed by the user's key, is left alone.
 */
export async function writeIndex(folder: string, { distribution, codename }: Platform, paragraphs: readonly string[]): Promise<boolean> {
  const packages = [...paragraphs].sort().join('\n');
  const [plain, packed] = [Buffer.from(packages), gzipSync(packages, { level: 9 })];
  const before = await readFile(path.join(folder, indexFiles.packages)).catch(() => undefined);
  if (before?.equals(plain) && (await isSigned(folder))) return true;
  const row = (bytes: Buffer, name: string): string => ` ${createHash('sha256').update(bytes).digest('hex')} ${bytes.length} ${name}\n`;
  const arches = [...new Set(paragraphs.map((each) => field(each, 'Architecture') ?? ''))].filter((arch) => arch !== 'all').sort();
  // A day back, so that it is no news from the future for hosts whose clocks have not been set yet.
  const time = Date.now() - 24 * 60 * 60 * 1000;
  const release = `Origin: kplay mirror\nLabel: kplay mirror of ${distribution}\nCodename: ${codename}\nDate: ${new Date(time).toUTCString()}\nArchitectures: ${arches.join(' ')}\nSHA256:\n${row(plain, 'Packages')}${row(packed, 'Packages.gz')}`;
  const signature = await sign(release, time);
  await put(path.join(folder, 'Packages.gz'), packed);
  await put(path.join(folder, indexFiles.release), release);
  for (const [name, text] of [[indexFiles.signed, signature?.text], [indexFiles.key, signature?.key]] as const) {
    if (text === undefined) await rm(path.join(folder, name), { force: true });
    else await put(path.join(folder, name), text);
  }
  await put(path.join(folder, indexFiles.packages), plain);
  return signature !== undefined;
}

async function isSigned(folder: string): Promise<boolean> {
  if (![indexFiles.signed, 'Packages.gz'].every((name) => existsSync(path.join(folder, name)))) return false;
  const key = await publicKey();
  return key !== undefined && (await readFile(path.join(folder, indexFiles.key), 'utf8').catch(() => '')) === key;
}

function fileOf(paragraph: string): string {
  return field(paragraph, 'Filename') ?? '';
}
