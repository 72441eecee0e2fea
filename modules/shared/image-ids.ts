/** The ids of images in containerd, which itself counts by the digests of manifests. */
import type { Probe } from '../../engine/module/kit.ts';
import type { FoundImage, ImageAccess } from './image-look.ts';
import { askRecords } from './script.ts';

const text = `
socket=$1 namespace=$2; shift 2
PATH=$PATH:/usr/local/bin:/usr/local/sbin:/opt/bin
printf '@machine\\n'; uname -m | sed 's/^/ /'
for digest do
  printf '@%s\\n' "$digest"
  ctr \${socket:+-a "$socket"} -n "$namespace" content get "$digest" 2>/dev/null | head -c 1048576 | sed 's/^/ /'; echo
done`;

const machines: Readonly<Record<string, string>> = { x86_64: 'amd64', aarch64: 'arm64', armv7l: 'arm', i686: '386', riscv64: 'riscv64', loongarch64: 'loong64' };

/** The images of these names with their ids, read from their manifests; of several platforms, from the host's own. */
export async function withIds(images: ReadonlyMap<string, FoundImage>, names: readonly string[], access: ImageAccess, probe: Probe): Promise<ReadonlyMap<string, FoundImage>> {
  const digests = [...new Set(names.flatMap((name) => images.get(name)?.digests ?? []))];
  if (digests.length === 0) return images;
  const first = await ask(digests, access, probe);
  const inner = digests.flatMap((digest) => first.platforms.get(digest) ?? []);
  const second = inner.length === 0 ? undefined : await ask(inner, access, probe);
  const idOf = (digest: string): string | undefined => first.ids.get(digest) ?? second?.ids.get(first.platforms.get(digest) ?? '');
  return new Map([...images].map(([name, image]) => [name, names.includes(name) ? { ...image, id: idOf(image.digests[0] ?? '') } : image]));
}

interface Manifests {
  readonly ids: ReadonlyMap<string, string>;
  /** Of an index: the manifest for this machine. */
  readonly platforms: ReadonlyMap<string, string>;
}

interface Document {
  readonly config?: { readonly digest?: string };
  readonly manifests?: readonly { readonly digest?: string; readonly platform?: { readonly os?: string; readonly architecture?: string } }[];
}

async function ask(digests: readonly string[], { socket, namespace }: ImageAccess, probe: Probe): Promise<Manifests> {
  const { machine = '', ...contents } = await askRecords(probe, text, [socket, namespace, ...digests], { cap: 16 * 1024 * 1024 });
  const architecture = machines[machine.trim()] ?? machine.trim();
  const documents = Object.entries(contents).map(([digest, content]) => [digest, read(content)] as const);
  return {
    ids: new Map(documents.flatMap(([digest, { config }]) => (config?.digest === undefined ? [] : [[digest, config.digest] as const]))),
    platforms: new Map(documents.flatMap(([digest, { manifests = [] }]) => {
      const own = manifests.find(({ platform }) => platform?.os === 'linux' && platform.architecture === architecture)?.digest ?? (manifests.length === 1 ? manifests[0]?.digest : undefined);
      return own === undefined ? [] : [[digest, own] as const];
    })),
  };
}

/** What cannot be read tells nothing. */
function read(content: string): Document {
  try {
    return JSON.parse(content) as Document;
  } catch {
    return {};
  }
}
