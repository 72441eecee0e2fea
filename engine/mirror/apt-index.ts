/** The index of a flat apt repository, signed by a key made for it. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { field, type Deb } from './apt-resolve.ts';
import { commandExists, must } from './command.ts';
import type { Platform } from './platform.ts';

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
  return paragraph.replace(/^Filename: .*$/m, `Filename: ./${file}`);
}

/**
 * Writes the index of paragraphs and signs it; tells whether it is signed. The key lives for this signature alone, so that nobody can
 * sign another index with it; its public half is beside the index. One that is as asked is left alone.
 */
export async function writeIndex(folder: string, { distribution, codename }: Platform, paragraphs: readonly string[]): Promise<boolean> {
  const packages = [...paragraphs].sort().join('\n');
  const [plain, packed] = [Buffer.from(packages), gzipSync(packages, { level: 9 })];
  const before = await readFile(path.join(folder, indexFiles.packages)).catch(() => undefined);
  if (before?.equals(plain) && isSigned(folder)) return true;
  const row = (bytes: Buffer, name: string): string => ` ${createHash('sha256').update(bytes).digest('hex')} ${bytes.length} ${name}\n`;
  const arches = [...new Set(paragraphs.map((each) => field(each, 'Architecture') ?? ''))].filter((arch) => arch !== 'all').sort();
  const release = `Origin: kplay mirror\nLabel: kplay mirror of ${distribution}\nCodename: ${codename}\nDate: ${new Date().toUTCString()}\nArchitectures: ${arches.join(' ')}\nSHA256:\n${row(plain, 'Packages')}${row(packed, 'Packages.gz')}`;
  const signature = await sign(release);
  await put(path.join(folder, 'Packages.gz'), packed);
  await put(path.join(folder, indexFiles.release), release);
  for (const [name, text] of [[indexFiles.signed, signature?.signed], [indexFiles.key, signature?.key]] as const) {
    if (text === undefined) await rm(path.join(folder, name), { force: true });
    else await put(path.join(folder, name), text);
  }
  await put(path.join(folder, indexFiles.packages), plain);
  return signature !== undefined;
}

function isSigned(folder: string): boolean {
  return [indexFiles.signed, indexFiles.key, 'Packages.gz'].every((name) => existsSync(path.join(folder, name)));
}

/** A text signed by a new key, and the key's public half; undefined where this host has no gpg. */
async function sign(text: string): Promise<{ readonly signed: string; readonly key: string } | undefined> {
  if (!commandExists('gpg')) return undefined;
  const home = await mkdtemp(path.join(os.tmpdir(), 'kplay-sign-'));
  const gpg = ['gpg', '--homedir', home, '--batch', '--quiet', '--no-tty'];
  try {
    await must([...gpg, '--passphrase', '', '--quick-generate-key', 'kplay mirror', 'rsa3072', 'sign', 'never']);
    return { signed: await must([...gpg, '--digest-algo', 'SHA512', '--clearsign'], { input: text }), key: await must([...gpg, '--armor', '--export']) };
  } finally {
    if (commandExists('gpgconf')) await must(['gpgconf', '--homedir', home, '--kill', 'all']).catch(() => {});
    await rm(home, { recursive: true, force: true });
  }
}

async function put(file: string, content: string | Buffer): Promise<void> {
  const fresh = `${file}.${process.pid}.new`;
  await writeFile(fresh, content, { mode: 0o644 });
  await rename(fresh, file);
}

function fileOf(paragraph: string): string {
  return (field(paragraph, 'Filename') ?? '').replace(/^\.\//, '');
}
