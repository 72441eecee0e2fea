/** Which packages an installation on a bare machine of a platform takes: apt's own answer, with the sums of its signed lists. */
import { lastWords, run } from './command.ts';
import type { AptRoot } from './apt-root.ts';
import { MirrorError } from './mirror-error.ts';

/** One package file. */
export interface Deb {
  readonly name: string;
  readonly version: string;
  readonly arch: string;
  readonly uri: string;
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
  /** Its paragraph in the list, as it stands there. */
  readonly paragraph: string;
  /** Name of its file in a mirror: without the epoch, whose colon web servers and apt quote differently. */
  readonly file: string;
}

/** What installing these names together would fetch. Throws a MirrorError in apt's words where that cannot be. */
export async function resolve(root: AptRoot, names: readonly string[], recommends: boolean | undefined, signal?: AbortSignal): Promise<readonly Deb[]> {
  const options = recommends === undefined ? [] : ['-o', `APT::Install-Recommends=${recommends}`];
  const asked = await run(['apt-get', '-qq', '--yes', '--print-uris', ...options, 'install', ...names], { env: root.env, signal });
  if (asked.code !== 0) throw new MirrorError(complaint(asked.stderr) || lastWords(asked));
  const chosen = asked.stdout.split('\n').flatMap((line) => readUri(line) ?? []);
  if (chosen.length === 0) return [];
  const shown = await run(['apt-cache', 'show', ...chosen.map(({ name, version, arch }) => `${name}${arch === 'all' ? '' : `:${arch}`}=${version}`)], { env: root.env, signal });
  if (shown.code !== 0) throw new MirrorError(lastWords(shown));
  const paragraphs = shown.stdout.split(/\n\n+/).filter((each) => each.trim() !== '');
  return chosen.map(({ name, version, arch, uri, size }) => {
    const paragraph = paragraphs.find((each) => field(each, 'Package') === name && field(each, 'Version') === version && field(each, 'Architecture') === arch && decodeURIComponent(uri).endsWith(baseName(field(each, 'Filename') ?? '/')));
    const sha256 = paragraph && field(paragraph, 'SHA256');
    if (!paragraph || !sha256) throw new MirrorError(`the package list says no SHA-256 of ${name} ${version}`);
    return { name, version, arch, uri, size, sha256, paragraph: `${paragraph.trim()}\n`, file: `${name}_${version.replace(/^\d+:/, '')}_${arch}.deb` };
  });
}

/** `'http://…/chrony_4.3-2%2bdeb12u3_amd64.deb' chrony_4.3-2+deb12u3_amd64.deb 288684 SHA256:…` */
function readUri(line: string): Pick<Deb, 'name' | 'version' | 'arch' | 'uri' | 'size'> | undefined {
  const [, uri, name, version, arch, size] = /^'([^']+)' ([^_ ]+)_([^_ ]+)_([^_ ]+)\.deb (\d+)/.exec(line) ?? [];
  if (!uri) return undefined;
  return { uri, name: name!, version: decodeURIComponent(version!), arch: arch!, size: Number(size) };
}

/** A field of a paragraph. */
export function field(paragraph: string, name: string): string | undefined {
  return new RegExp(`^${name}: ?(.*)$`, 'm').exec(paragraph)?.[1];
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/'));
}

/** apt's errors, and what it says of dependencies that cannot be met. */
function complaint(stderr: string): string {
  return stderr.split('\n').filter((line) => line.startsWith('E: ')).map((line) => line.slice(3)).join('; ');
}
