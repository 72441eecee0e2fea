/** What an archive of images holds: of docker's own kind (docker save, skopeo) or an OCI layout, packed as tar. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Missing, ModuleFailure, type LocalFile, type Probe } from '../../engine/module/kit.ts';
import { isImageName, readImageName } from './image-name.ts';
import { readRecords } from './records.ts';

export interface ArchivedImage {
  /** Full names that the archive gives it; none where it only has a tag, or nothing. */
  readonly names: readonly string[];
  /** sha256:… that containerd will know it by; undefined in docker's kind, which says none. */
  readonly digest?: string | undefined;
  /** sha256:… of its configuration; undefined for several platforms in one. */
  readonly id?: string | undefined;
}

export interface ImageArchive {
  readonly kind: 'docker' | 'oci';
  readonly images: readonly ArchivedImage[];
}

/** Members that are told: indexes, and what is small among the blobs, which are the manifests. Each as a record. */
const reader = `case $TAR_FILENAME in *index.json|*manifest.json|*oci-layout) ;; *) [ "$TAR_SIZE" -le 131072 ] || exec cat >/dev/null;; esac
printf '@%s\\n' "$TAR_FILENAME"; sed 's/^/ /'; echo`;
const members = ['index.json', 'manifest.json', 'oci-layout', 'blobs/sha256/*'].flatMap((name) => [name, `./${name}`]);
const argv = (path: string): string[] => ['-x', '-f', path, '--wildcards', `--to-command=${reader}`, ...members];

const run = promisify(execFile);
const known = new Map<string, Promise<ImageArchive>>();

/** An archive of the controller, read once a run. Throws ModuleFailure. */
export async function readLocalArchive(file: LocalFile): Promise<ImageArchive> {
  const key = await file.sha256();
  let archive = known.get(key);
  if (!archive) known.set(key, (archive = readLocal(file.path)));
  return archive;
}

async function readLocal(path: string): Promise<ImageArchive> {
  const options = { encoding: 'latin1' as const, maxBuffer: 256 * 1024 * 1024, env: { ...process.env, LC_ALL: 'C' } };
  const { stdout, stderr } = await run('tar', argv(path), options).catch((error: unknown) => error as { readonly stdout?: string; readonly stderr?: string });
  return readArchive(stdout ?? '', stderr ?? '', path);
}

/** An archive of the host. Throws Missing where there is no GNU tar, ModuleFailure. */
export async function readHostArchive(path: string, probe: Probe): Promise<ImageArchive> {
  const { code, stdout, stderr } = await probe.ask(['tar', ...argv(path)], { timeout: 1800, cap: 64 * 1024 * 1024 });
  if (code === 127 || /unrecognized option|invalid option/.test(stderr.toString())) throw new Missing({ kind: 'command', name: 'tar' }, 'the host has no GNU tar to look into the archive with', 'install tar earlier with the package module');
  return readArchive(stdout.toString('latin1'), stderr.toString(), path);
}

/** tar complains of each member that is not there, and of none that matters. */
function readArchive(stdout: string, stderr: string, path: string): ImageArchive {
  const records = Object.fromEntries(Object.entries(readRecords(stdout)).map(([name, text]) => [name.replace(/^\.\//, ''), text]));
  const index = records['index.json'];
  const manifest = records['manifest.json'];
  // As the runtimes do: an archive that is both counts as OCI's, but docker's names are whole.
  if (index !== undefined && records['oci-layout'] !== undefined) return { kind: manifest === undefined ? 'oci' : 'docker', images: ociImages(index, manifest, records, path) };
  if (manifest !== undefined) return { kind: 'docker', images: dockerImages(manifest, path) };
  const why = stderr.split('\n').filter((line) => line !== '' && !/Not found in archive|Exiting with failure|ignoring|delayed/i.test(line))[0];
  throw new ModuleFailure(`${path} is no archive of images: ${why?.replace(/^tar: /, '') ?? 'it has neither manifest.json nor index.json'}`);
}

interface DockerManifest {
  readonly Config?: string;
  readonly RepoTags?: readonly string[] | null;
}

/** [{"Config": "HEX.json" or "blobs/sha256/HEX", "RepoTags": ["name:tag"]}] */
function dockerImages(text: string, path: string): ArchivedImage[] {
  return (parse(text, path) as readonly DockerManifest[]).map(({ Config = '', RepoTags }) => {
    const hex = /([0-9a-f]{64})(?:\.json)?$/.exec(Config)?.[1];
    return { names: fullNames(RepoTags ?? []), ...(hex !== undefined && { id: `sha256:${hex}` }) };
  });
}

interface Manifest {
  readonly manifests?: readonly { readonly digest?: string; readonly annotations?: Readonly<Record<string, string>> }[];
  readonly config?: { readonly digest?: string };
}

/** Of images with one manifest and several names the index has a row for each. */
function ociImages(index: string, manifest: string | undefined, records: Readonly<Record<string, string>>, path: string): ArchivedImage[] {
  const docker = manifest === undefined ? [] : dockerImages(manifest, path);
  const found = new Map<string, ArchivedImage>();
  for (const { digest, annotations = {} } of (parse(index, path) as Manifest).manifests ?? []) {
    if (digest === undefined || annotations['vnd.docker.reference.type'] === 'attestation-manifest') continue;
    const blob = records[`blobs/${digest.replace(':', '/')}`];
    const id = blob === undefined ? undefined : (parse(blob, path) as Manifest).config?.digest;
    const own = [annotations['io.containerd.image.name'], annotations['org.opencontainers.image.ref.name']].filter((name) => name !== undefined && name.includes('/'));
    const names = [...(found.get(digest)?.names ?? []), ...fullNames(own.slice(0, 1) as string[]), ...docker.filter((each) => each.id !== undefined && each.id === id).flatMap((each) => each.names)];
    found.set(digest, { names: [...new Set(names)], digest, ...(id !== undefined && { id }) });
  }
  return [...found.values()];
}

function fullNames(names: readonly string[]): string[] {
  return names.filter(isImageName).map((name) => readImageName(name).name);
}

function parse(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ModuleFailure(`${path} is a damaged archive of images: one of its lists is not JSON`);
  }
}
