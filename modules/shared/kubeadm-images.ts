/** The images that kubeadm's cluster is made of: which they are, which are on the host, how they get there. */
import { ModuleFailure, type Probe, type Run } from '../../engine/module/kit.ts';
import type { ImageParams } from './kubeadm-params.ts';
import type { Api } from './kubeadm-version.ts';
import { pathLine } from './kubeadm-files.ts';
import { linesOf } from './records.ts';
import { askRecords, scriptStep } from './script.ts';

export interface ImagesLook {
  /** What `kubeadm version -o json` said; undefined where it is not installed. */
  readonly kubeadm: string | undefined;
  /** Those that are needed; undefined where kubeadm could not tell. */
  readonly wanted: readonly string[] | undefined;
  /** Those that the runtime has, by all their names; undefined where it could not be asked. */
  readonly present: readonly string[] | undefined;
  /** Why one of them is not known. */
  readonly error: string | undefined;
  readonly tool: 'crictl' | 'docker' | 'ctr' | undefined;
}

/** Stands in a configuration for the version of the host's kubeadm. */
export const hostsVersion = '(of the host)';

/** Which program speaks with the runtime at $socket: crictl; docker's own; containerd's own. */
const toolText = `
${pathLine}
has() { command -v "$1" >/dev/null 2>&1; }
tool=
case $socket in
  *dockershim*|*docker.sock) has docker && tool=docker;;
  *containerd*) if has crictl; then tool=crictl; elif has ctr; then tool=ctr; fi;;
  '') if [ "$old" = yes ] && [ -S /var/run/docker.sock ] && has docker; then tool=docker; elif has crictl; then tool=crictl; elif has ctr && [ -S /run/containerd/containerd.sock ]; then tool=ctr; fi;;
  *) has crictl && tool=crictl;;
esac
url=$socket; case $url in '') url=unix:///run/containerd/containerd.sock;; /*) url=unix://$url;; esac`;

/** $1 socket, then the configuration for each API version; which one is to be read only kubeadm tells. */
const lookScript = `
socket=$1 beta2=$2 beta3=$3 beta4=$4
show() { printf '@%s\\n' "$1"; sed 's/^/ /'; printf '\\n'; }
minor= old=no
PATH=$PATH:/usr/local/bin:/opt/bin
if command -v kubeadm >/dev/null 2>&1; then
  version=$(kubeadm version -o json 2>&1); printf '%s\\n' "$version" | show kubeadm
  version=$(printf '%s\\n' "$version" | sed -n 's/.*"gitVersion": *"\\(v1[^"]*\\)".*/\\1/p')
  minor=\${version#v1.}; minor=\${minor%%.*}
fi
[ -n "$minor" ] || exit 0
config=$beta4; [ "$minor" -lt 31 ] && config=$beta3; [ "$minor" -lt 22 ] && config=$beta2; [ "$minor" -lt 24 ] && old=yes
${toolText}
printf '%s\\n' "$tool" | show tool
list() { printf '%s' "$config" | sed "s/${hostsVersion}/$version/" | kubeadm config images list -o json --config /dev/stdin; }
if wanted=$(list 2>/dev/null); then printf '%s\\n' "$wanted" | show wanted; else list 2>&1 >/dev/null | grep -v '^To see the stack' | tail -n 1 | show error; fi
case $tool in
  crictl) crictl -r "$url" images -o json 2>/dev/null | show present;;
  docker) docker images --no-trunc --format '{{.Repository}}:{{.Tag}}' 2>/dev/null | show present;;
  ctr) ctr -n k8s.io images ls -q 2>/dev/null | show present;;
esac; :`;

/** Looks. `configs` is the configuration in every version's words. */
export async function lookAtImages(probe: Probe, socket: string | undefined, configs: Readonly<Record<Api, string>>): Promise<ImagesLook> {
  const records = await askRecords(probe, `(${lookScript}\n)`, [socket ?? '', configs.v1beta2, configs.v1beta3, configs.v1beta4]);
  const tool = linesOf(records['tool'])[0] as ImagesLook['tool'];
  return {
    kubeadm: records['kubeadm'], wanted: records['wanted'] === undefined ? undefined : readImages(records['wanted']), error: linesOf(records['error'])[0], tool,
    present: records['present'] === undefined ? undefined : tool === 'crictl' ? tagsIn(records['present']) : linesOf(records['present']),
  };
}

/** Every tag in crictl's list; none where it gave none. */
function tagsIn(json: string): string[] {
  try {
    const { images = [] } = JSON.parse(json) as { images?: readonly { readonly repoTags?: readonly string[] }[] };
    return images.flatMap(({ repoTags = [] }) => repoTags);
  } catch {
    return [];
  }
}

/** Throws ModuleFailure where kubeadm's answer is no list of images. */
function readImages(json: string): string[] {
  try {
    const { images } = JSON.parse(json) as { images: unknown };
    if (Array.isArray(images)) return images.map(String);
  } catch { /* said below */ }
  throw new ModuleFailure('kubeadm answered something that is not a list of images');
}

/** Those that this cluster is made of; a kubeadm before 1.31 tells those of addons that are left out too. */
export function neededImages(wanted: readonly string[], { dns, proxy_mode }: Pick<ImageParams, 'dns' | 'proxy_mode'>): readonly string[] {
  const unneeded = [...(dns?.disabled ? [/\/coredns:/] : []), ...(proxy_mode === 'none' ? [/\/kube-proxy:/] : [])];
  return wanted.filter((image) => !unneeded.some((pattern) => pattern.test(image)));
}

/**
 * Pulls what is missing, `each` by itself where kubeadm would pull more. kubeadm of 1.20 to 1.30 needs crictl for containerd; where there is none, containerd's own program pulls,
 * by the mirrors and authorities of /etc/containerd/certs.d. Any code counts as done: judgeKubeadm tells what it means.
 */
export function pullStep(socket: string | undefined, config: string, missing: readonly string[], minor: number, { each = false, root = '' } = {}): Run {
  return scriptStep(`
root=$1 socket=$2 minor=$3 each=$4 old=no; shift 4; [ "$minor" -lt 24 ] && old=yes
${toolText}
if { [ "$tool" != ctr ] || [ "$minor" -ge 31 ]; } && ! { [ -n "$each" ] && [ -n "$tool" ]; }; then
  umask 077; mkdir -p "$root/run" && d=$(mktemp -d "$root/run/kplay-images.XXXXXX") || exit
  trap 'rm -rf "$d"' EXIT; trap 'exit 143' TERM HUP INT PIPE
  cat > "$d/config.yaml" || exit
  kubeadm config images pull --config "$d/config.yaml" 2> "$d/err" < /dev/null; code=$?
  grep -v '^To see the stack trace' "$d/err" >&2
  exit "$code"
fi
hosts=; [ -d /etc/containerd/certs.d ] && hosts=--hosts-dir=/etc/containerd/certs.d
pull() {
  case $tool in
    crictl) crictl -r "$url" pull "$1";;
    docker) docker pull --quiet "$1";;
    ctr) ctr -n k8s.io images pull $hosts "$1";;
  esac
}
for image do
  echo "pulling $image"
  said=$(pull "$image" 2>&1 < /dev/null) || { printf '%s: %s\\n' "$image" "$(printf '%s\\n' "$said" | tail -n 1)" >&2; exit 1; }
done`, [root, socket ?? '', String(minor), each ? 'yes' : '', ...missing], { stdin: config, timeout: 3600, codes: 'any' });
}
