/** What one entry of a role's needs asks for on one host. */
import { toPlain } from '../run/result.ts';
import type { RolePlayed } from '../run/roles-played.ts';
import { TextError } from '../source/problem.ts';
import type { Given } from './evaluate-entry.ts';
import { originOf, upstreamOf, wholeName, type FileNeed, type ImageNeed, type PackageNeed } from './needs.ts';
import { imageArch, platformOf } from './platform.ts';
import type { Kind, NeedEntry } from './read-needs.ts';

/** One thing that one role needs on one host. */
export type Asked = Omit<FileNeed, 'why'> | Omit<ImageNeed, 'why'> | Omit<PackageNeed, 'why'>;

/** What an entry asks for on a host, by kind. Throws TextError. */
export const asksOf: Readonly<Record<Kind, (given: Given, entry: NeedEntry, played: RolePlayed) => Asked[]>> = {
  files({ url, checksum }, entry, played) {
    const { url: upstream, strays } = upstreamOf(textOf(url, 'url', entry));
    if (!/^https?:\/\/[^/]+\/./.test(upstream)) throw new TextError({ message: `"${upstream}" is not the address of a file`, span: entry.tree.span });
    const wanted = checksumOf(textOf(checksum, 'checksum', entry), entry);
    const file = { url: upstream, from: fileOrigin(upstream, played), strays, ...wanted };
    // A run reads the file of sums from the mirror too.
    return wanted.sums === undefined ? [file] : [file, { url: wanted.sums, from: fileOrigin(wanted.sums, played), strays }];
  },
  images({ name }, entry, played) {
    const arch = imageArch(String(played.scope.get('ansible_architecture') ?? ''));
    if (arch === '') throw new TextError({ message: `the architecture of ${played.host} is not known`, span: entry.tree.span });
    return textsOf(name, entry).map((each) => {
      const whole = wholeName(each);
      const from = originOf(whole, originsOf(played));
      return { name: whole, from: from.replace(/^https?:\/\//, ''), isPlain: from.startsWith('http://'), architectures: [arch] };
    });
  },
  packages({ name, install_recommends: recommends, repositories }, entry, played) {
    const platform = platformOf((fact) => toPlain(played.scope.get(`ansible_${fact}`)));
    if (!platform) throw new TextError({ message: `packages of ${played.host} cannot be kept in a mirror: it has neither apt nor dnf`, span: entry.tree.span });
    const names = textsOf(name, entry);
    if (names.length === 0) return [];
    return [{ platform, names, recommends: typeof recommends === 'boolean' ? recommends : undefined, repositories: Array.isArray(repositories) ? (repositories as Given[]) : [] }];
  },
};

/** `sha256:HEX`, or `sha256:URL` of a file of sums. */
function checksumOf(text: string, entry: NeedEntry): Pick<FileNeed, 'sha256' | 'sums'> {
  const value = /^sha256:(.+)$/i.exec(text.trim())?.[1] ?? '';
  if (/^[0-9a-f]{64}$/i.test(value)) return { sha256: value.toLowerCase() };
  if (/^https?:\/\//.test(value)) return { sums: upstreamOf(value).url };
  throw new TextError({ message: `"${text.slice(0, 90)}" is not a checksum`, span: entry.tree.span, hint: 'sha256:HEX, or sha256:URL of a file of sums' });
}

function fileOrigin(url: string, played: RolePlayed): string {
  const address = url.replace(/^https?:\/\//, '');
  const from = originOf(address, originsOf(played));
  return from === address ? url : /^https?:\/\//.test(from) ? from : `https://${from}`;
}

function originsOf({ scope }: RolePlayed): Readonly<Record<string, string>> {
  const value = toPlain(scope.get('mirror_origins') ?? {});
  return typeof value === 'object' && value !== null ? (value as Record<string, string>) : {};
}

function textOf(value: unknown, name: string, entry: NeedEntry): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new TextError({ message: `"${name}" of something that a role needs is text, found ${JSON.stringify(value)}`, span: entry.tree.span });
}

function textsOf(value: unknown, entry: NeedEntry): string[] {
  const all = Array.isArray(value) ? (value as unknown[]) : [value];
  return all.filter((each) => each !== null && each !== '').map((each) => textOf(each, 'name', entry));
}
