/** What a host tells of the Kubernetes node on it: kubeadm's files, read in one question. No key is read. */
import { ModuleFailure, type Probe } from '../../engine/module/kit.ts';
import { components, knownFiles, kubernetesFolder, pathLine, unfinishedFile } from './kubeadm-files.ts';
import { fieldsOf, hashOf, readAccess, readManifest } from './kubeadm-read.ts';
import { readKubeadm, type Kubeadm } from './kubeadm-version.ts';
import { linesOf } from './records.ts';
import { askRecords } from './script.ts';

export interface NodeLook {
  /** Undefined where it is not installed. */
  readonly kubeadm: Kubeadm | undefined;
  /** `v1.20.2`, where it was asked for. */
  readonly kubelet: string | undefined;
  /** Those of {@link knownFiles} that are there. */
  readonly files: ReadonlySet<string>;
  /** kubelet.conf; undefined where there is none, or half of one. */
  readonly access: Access | undefined;
  /** Of pki/ca.crt. */
  readonly caHash: string | undefined;
  /** Where admin.conf leads to, `https://…`. */
  readonly adminServer: string | undefined;
  readonly manifests: Readonly<Partial<Record<(typeof components)[number], Manifest>>>;
  readonly criSocket: string | undefined;
  /** Whether crictl is there; undefined where nobody looked. */
  readonly crictl?: boolean;
  readonly unfinished: Unfinished | undefined;
}

/** How the node's kubelet reaches its cluster. */
export interface Access {
  /** `https://10.0.0.10:6443` */
  readonly server: string;
  /** `sha256:…`, as kubeadm join takes it; undefined where kubelet.conf names a file that is not there. */
  readonly caHash: string | undefined;
  readonly nodeName: string | undefined;
  /** The kubelet renews its certificate by itself: it has spoken with its cluster. */
  readonly isRotated: boolean;
}

export interface Manifest {
  /** `registry.k8s.io/kube-apiserver:v1.31.2` */
  readonly image: string;
  /** Flags without dashes, each with its value. */
  readonly flags: Readonly<Record<string, string>>;
}

export interface Unfinished {
  readonly verb: string;
  /** Seconds since it was begun. */
  readonly age: number;
  /** Files that were there before. */
  readonly before: ReadonlySet<string>;
  /** The kubeadm that still runs, as its command line. */
  readonly running: string | undefined;
  /** For init: whether the API server answers; undefined where the host has no program to ask it. */
  readonly answers: boolean | undefined;
}

/** $1 a folder to take for /, $2 yes to ask for kubelet's version, then files to look for. */
const script = `
root=$1 kubelet=$2; shift 2; k=$root${kubernetesFolder}
${pathLine}
show() { printf '@%s\\n' "$1"; sed 's/^/ /'; printf '\\n'; }
has() { command -v "$1" >/dev/null 2>&1; }
for f in "$k/kubelet.conf" "$k/admin.conf"; do [ ! -e "$f" ] || [ -r "$f" ] || { printf '@denied\\n %s\\n' "\${f#"$root"}"; exit 0; }; done
has kubeadm && kubeadm version -o json 2>&1 | show kubeadm
has crictl && echo yes | show crictl
[ "$kubelet" = yes ] && has kubelet && kubelet --version 2>/dev/null | show kubelet
printf '@files\\n'; for f do [ -e "$root$f" ] && printf ' %s\\n' "$f"; done
conf() { sed -n 's/^ *\\(server\\|certificate-authority\\|certificate-authority-data\\|client-certificate\\|client-certificate-data\\): */\\1 /p' "$1"; }
[ -s "$k/kubelet.conf" ] && conf "$k/kubelet.conf" | show access
[ -s "$k/admin.conf" ] && conf "$k/admin.conf" | grep '^server ' | show admin
client=$(conf "$k/kubelet.conf" 2>/dev/null | sed -n 's/^client-certificate //p')
[ -n "$client" ] && [ -s "$root$client" ] && sed -n '/BEGIN CERT/,/END CERT/p' "$root$client" | show client
[ -s "$k/pki/ca.crt" ] && show ca < "$k/pki/ca.crt"
for c in ${components.join(' ')}; do
  m=$k/manifests/$c.yaml
  [ -s "$m" ] && sed -n -e 's/^ *image: */image /p' -e "s/^ *- '\\{0,1\\}--\\(.*[^']\\)'\\{0,1\\}\$/flag \\1/p" "$m" | show "$c"
done
sed -n 's/.*--container-runtime-endpoint=\\([^ "]*\\).*/\\1/p' "$root/var/lib/kubelet/kubeadm-flags.env" 2>/dev/null | show socket
[ -f "$root${unfinishedFile}" ] || exit 0
show unfinished < "$root${unfinishedFile}"
echo "$(($(date +%s) - $(stat -c %Y "$root${unfinishedFile}")))" | show age
for p in /proc/[0-9]*; do
  read -r c < "$p/comm" 2>/dev/null && [ "$c" = kubeadm ] || continue
  words=$(tr '\\0' ' ' < "$p/cmdline" 2>/dev/null)
  case "$words" in *' init '*|*' join '*|*' reset '*|*' upgrade '*) printf '%s\\n' "$words" | show running;; esac
done
read -r verb < "$root${unfinishedFile}"
[ "$verb" = init ] && [ -s "$k/admin.conf" ] || exit 0
server=$(conf "$k/admin.conf" | sed -n 's/^server //p' | head -n 1)
if has kubectl; then kubectl --kubeconfig="$k/admin.conf" --request-timeout=5s get --raw=/readyz >/dev/null 2>&1 && echo yes || echo no
elif has curl; then curl -sk -m 5 "$server/readyz" 2>/dev/null | grep -q '^ok' && echo yes || echo no
fi | show answers`;

export interface LookOptions {
  /** Ask for the version of kubelet too. */
  readonly kubelet?: boolean;
  /** A folder to take for the host's /; for tests. */
  readonly root?: string;
}

/** Looks. Throws ModuleFailure where the user may not, and where kubeadm is there and cannot be used. */
export async function lookAtNode(probe: Probe, { kubelet = false, root = '' }: LookOptions = {}): Promise<NodeLook> {
  const records = await askRecords(probe, `(${script}\n)`, [root, kubelet ? 'yes' : 'no', ...knownFiles]);
  const { denied, unfinished, answers } = records;
  if (denied !== undefined) throw new ModuleFailure(`${denied} cannot be read`, { hint: 'it is root\'s: become: true' });
  const [verb = '', ...before] = linesOf(unfinished);
  const admin = fieldsOf(records['admin']);
  return {
    kubeadm: records['kubeadm'] === undefined ? undefined : readKubeadm(records['kubeadm']),
    kubelet: /v\d+\.\d+\.\d+\S*/.exec(records['kubelet'] ?? '')?.[0],
    files: new Set(linesOf(records['files'])),
    access: readAccess(records),
    caHash: hashOf(records['ca']),
    adminServer: admin['server'],
    manifests: Object.fromEntries(components.filter((name) => records[name]).map((name) => [name, readManifest(records[name]!)])),
    criSocket: linesOf(records['socket'])[0],
    crictl: records['crictl'] !== undefined,
    unfinished: unfinished === undefined ? undefined : {
      verb, age: Number(records['age']), before: new Set(before), running: linesOf(records['running'])[0]?.trim(), answers: answers ? answers.startsWith('yes') : undefined,
    },
  };
}

/** Where the cluster's API is, as host:port. A control plane's own kubelet may be told a nearer address than its clients. */
export function serverOf({ adminServer, access }: NodeLook): string | undefined {
  return (adminServer ?? access?.server)?.replace(/^https?:\/\//, '');
}
