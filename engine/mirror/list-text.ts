/** What a run needs, as a table for people and as JSON for programs. */
import { filePath, type Mirror } from './mirror.ts';
import type { FileNeed, ImageNeed, Needs, PackageNeed, Reason } from './needs.ts';

/** How large things are, by their upstream names: as far as a mirror folder has them. */
type Sizes = ReadonlyMap<string, number>;

/** A table a kind; sizes are those that a mirror folder knows. */
export function listText(needs: Needs, mirror: Mirror | undefined): string {
  const sizes = sizesOf(mirror);
  const size = (name: string): string[] => (mirror ? [sizes.has(name) ? bytesText(sizes.get(name)!) : 'missing'] : []);
  const head = mirror ? ['SIZE'] : [];
  const [files, images] = [needs.files, needs.images].map((list) => list.length > 0);
  const platforms = [...new Set(needs.packages.map(({ platform }) => platform.name))];
  const tables = [
    ...(files ? [table([[`FILES (${needs.files.length})`, ...head, 'SHA-256', 'NEEDED BY'], ...needs.files.map((file) => [file.url, ...size(file.url), sumText(file), whyText(file.why)])])] : []),
    ...(images ? [table([[`IMAGES (${needs.images.length})`, ...head, 'ARCHITECTURES', 'NEEDED BY'], ...needs.images.map((image) => [image.name, ...size(image.name), image.architectures.join(' '), whyText(image.why)])])] : []),
    ...platforms.map((name) => table([[`PACKAGES OF ${name}`, 'NEEDED BY'], ...needs.packages.filter(({ platform }) => platform.name === name).map(({ names, why }) => [names.join(' '), whyText(why)])])),
  ];
  return tables.length > 0 ? tables.join('\n\n') : 'nothing: no role that is played says that it needs something (ROLE/meta/needs.yml)';
}

/** The same, whole. */
export function listJson(needs: Needs, mirror: Mirror | undefined): unknown {
  const sizes = sizesOf(mirror);
  const why = (reasons: readonly Reason[]) => reasons.map(({ role, hosts }) => ({ role, hosts }));
  return {
    files: needs.files.map(({ url, from, sha256, sums, strays, why: reasons }: FileNeed) => ({ url, path: filePath(url), ...(from === url ? {} : { from }), sha256, sums, ...(strays ? { strays } : {}), size: sizes.get(url), needed_by: why(reasons) })),
    images: needs.images.map(({ name, from, architectures, why: reasons }: ImageNeed) => ({ name, ...(from === name ? {} : { from }), architectures, size: sizes.get(name), needed_by: why(reasons) })),
    packages: needs.packages.map(({ platform, names, recommends, why: reasons }: PackageNeed) => ({ platform: platform.name, names, install_recommends: recommends, needed_by: why(reasons) })),
  };
}

/** Bytes as people read them. */
export function bytesText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const step = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  const value = bytes / 1024 ** step;
  return `${step === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[step]}`;
}

function sizesOf(mirror: Mirror | undefined): Sizes {
  return new Map([...(mirror?.files ?? []).map(({ url, size }) => [url, size] as const), ...(mirror?.images ?? []).map(({ name, size }) => [name, Number(size ?? 0)] as const)]);
}

function sumText({ sha256, sums }: FileNeed): string {
  if (sha256 !== undefined) return `${sha256.slice(0, 16)}…`;
  return sums === undefined ? '(a file of sums)' : `in ${sums.slice(sums.lastIndexOf('/') + 1)}`;
}

/** `etcd: m1, m2 and 3 more` */
function whyText(why: readonly Reason[]): string {
  return why.map(({ role, hosts }) => `${role}: ${hosts.length > 4 ? `${hosts.slice(0, 3).join(', ')} and ${hosts.length - 3} more` : hosts.join(', ')}`).join('; ');
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, at) => Math.max(...rows.map((row) => row[at]!.length)));
  return rows.map((row) => row.map((cell, at) => cell.padEnd(widths[at]!)).join('  ').trimEnd()).join('\n');
}
