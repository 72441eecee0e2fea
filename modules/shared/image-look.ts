/** The images that a host's container runtime has, asked of the runtime itself. */
import { ModuleFailure, type Probe } from '../../engine/module/kit.ts';
import { isImageName, readImageName } from './image-name.ts';
import { linesOf } from './records.ts';
import { askRecords } from './script.ts';

/** The program that speaks with the runtime: containerd's own, docker's, or that of the kubelet's interface. */
export type ImageTool = 'ctr' | 'docker' | 'crictl';

/** How the runtime is spoken with. */
export interface ImageAccess {
  readonly tool: ImageTool;
  /** Path of its socket; empty for its usual one. */
  readonly socket: string;
  /** containerd's namespace. */
  readonly namespace: string;
}

/** An image under one of its names. */
export interface FoundImage {
  /** What it is at its registry; with docker, all that it has been there. */
  readonly digests: readonly string[];
  /** sha256:… of its configuration; undefined where it was not asked, or the runtime counts by something else. */
  readonly id?: string | undefined;
}

export interface ImagesFound {
  /** Undefined where the host has no such program. */
  readonly tool: ImageTool | undefined;
  /** By full name. With docker, those that were asked for. */
  readonly images: ReadonlyMap<string, FoundImage>;
  /** Why the runtime gave no answer. */
  readonly error?: string | undefined;
}

/** Shell text that sets $tool from $runtime, and $has where it is there; programs of /usr/local count too. */
const toolText = `
PATH=$PATH:/usr/local/bin:/usr/local/sbin:/opt/bin
has() { command -v "$1" >/dev/null 2>&1; }
case $runtime in
  auto) if has docker; then tool=docker; elif has ctr; then tool=ctr; elif has crictl; then tool=crictl; else tool=none; fi;;
  containerd) tool=ctr;;
  *) tool=$runtime;;
esac
has "$tool" || tool=none`;

/** $runtime, $socket, $namespace, then names for docker, which is asked for each. */
const listText = `
show() { printf '@%s\\n' "$1"; printf '%s\\n' "$2" | sed 's/^/ /'; }
fail() { show error "$(printf '%s\\n' "$1" | grep -v '^ *$' | tail -n 1)"; }
case $tool in
ctr)
  if out=$(ctr \${socket:+-a "$socket"} -n "$namespace" images check 2>&1); then show rows "$out"; else fail "$out"; fi;;
crictl)
  if out=$(crictl \${socket:+-r "unix://$socket"} images -o json 2>&1); then show json "$out"; else fail "$out"; fi;;
docker)
  if out=$(docker \${socket:+-H "unix://$socket"} version --format '{{.Server.Version}}' 2>&1); then
    for name do
      if out=$(docker \${socket:+-H "unix://$socket"} image inspect --format '{{json .}}' "$name" 2>/dev/null); then show "image $name" "$out"; fi
    done
  else fail "$out"; fi;;
esac`;

/** Shell text that prints what is there, for a step that shows it after a change; $1 runtime, $2 socket, $3 namespace, then names. */
export const imagesText = `runtime=$1 socket=$2 namespace=$3; shift 3\n${toolText}\nprintf '@tool\\n %s\\n' "$tool"\n${listText}`;

/** Asks which of the names are there. */
export async function lookAtImageStore(probe: Probe, runtime: string, access: Omit<ImageAccess, 'tool'>, names: readonly string[]): Promise<ImagesFound> {
  return readImageStore(await askRecords(probe, `(${imagesText}\n); :`, [runtime, access.socket, access.namespace, ...names], { cap: 16 * 1024 * 1024 }));
}

/** Reads what the script answered. */
export function readImageStore(records: Readonly<Record<string, string>>): ImagesFound {
  const tool = linesOf(records['tool'])[0];
  if (tool !== 'ctr' && tool !== 'docker' && tool !== 'crictl') return { tool: undefined, images: new Map() };
  const error = records['error'] === undefined ? {} : { error: linesOf(records['error']).at(-1)?.replace(/^(ctr|FATA\[\d+\]): ?/, '') ?? 'it ended without a word' };
  return { tool, images: tool === 'ctr' ? readRows(records['rows']) : tool === 'crictl' ? readCri(records['json']) : readDocker(records), ...error };
}

/** Rows of `ctr images check`: REF TYPE DIGEST STATUS …; what is not whole does not count. */
function readRows(text: string | undefined): Map<string, FoundImage> {
  return new Map(linesOf(text).flatMap((line) => {
    const [, name, digest] = /^(\S+)\s+\S+\s+(sha256:[0-9a-f]{64})\s+complete\s/.exec(line) ?? [];
    return name === undefined ? [] : [[name, { digests: [digest!] }] as const];
  }));
}

interface CriImage {
  readonly id?: string;
  readonly repoTags?: readonly string[];
  readonly repoDigests?: readonly string[];
}

function readCri(text: string | undefined): Map<string, FoundImage> {
  const { images = [] } = (text === undefined ? {} : parse(text, 'crictl')) as { readonly images?: readonly CriImage[] };
  return new Map(images.flatMap(({ id, repoTags = [], repoDigests = [] }) => [...repoTags, ...repoDigests].filter(isImageName).map((name) => [name, { id, digests: digestsFor(name, repoDigests) }] as const)));
}

function readDocker(records: Readonly<Record<string, string>>): Map<string, FoundImage> {
  return new Map(Object.entries(records).flatMap(([record, text]) => {
    if (!record.startsWith('image ')) return [];
    const { Id, RepoDigests, Descriptor } = parse(text, 'docker') as { readonly Id?: string; readonly RepoDigests?: readonly string[] | null; readonly Descriptor?: unknown };
    const name = record.slice('image '.length);
    // Where docker keeps its images in containerd, Id is a digest of something else.
    return [[name, { digests: digestsFor(name, RepoDigests ?? []), ...(Descriptor == null && Id !== undefined && { id: Id }) }] as const];
  }));
}

function parse(text: string, who: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ModuleFailure(`${who} told of its images what is not JSON: ${text.slice(0, 200)}`);
  }
}

/** Of `docker.io/library/busybox@sha256:…`, which docker writes in short, those of this name's repository. */
function digestsFor(name: string, all: readonly string[]): string[] {
  const { repository } = readImageName(name);
  return all.flatMap((each) => {
    const [place = '', digest] = each.split('@');
    return digest !== undefined && isImageName(place) && readImageName(place).repository === repository ? [digest] : [];
  });
}
