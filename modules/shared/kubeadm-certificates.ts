/** The certificates that kubeadm keeps on a control plane: what they are called, where they lie, until when they are good. */
import type { Probe, Run } from '../../engine/module/kit.ts';
import { kubernetesFolder, pathLine } from './kubeadm-files.ts';
import { certificateOf } from './kubeadm-read.ts';
import { prelude } from './kubeadm-shell.ts';
import { linesOf } from './records.ts';
import { askRecords, scriptStep } from './script.ts';

/** Name for `kubeadm certs renew`, file below /etc/kubernetes, who has to start again to use it. */
const known: readonly (readonly [name: string, file: string, user?: string])[] = [
  ['admin.conf', 'admin.conf'], ['super-admin.conf', 'super-admin.conf'],
  ['controller-manager.conf', 'controller-manager.conf', 'kube-controller-manager'], ['scheduler.conf', 'scheduler.conf', 'kube-scheduler'],
  ['apiserver', 'pki/apiserver.crt', 'kube-apiserver'], ['apiserver-kubelet-client', 'pki/apiserver-kubelet-client.crt', 'kube-apiserver'], ['apiserver-etcd-client', 'pki/apiserver-etcd-client.crt', 'kube-apiserver'],
  ['front-proxy-client', 'pki/front-proxy-client.crt', 'kube-apiserver'],
  ['etcd-server', 'pki/etcd/server.crt'], ['etcd-peer', 'pki/etcd/peer.crt'], ['etcd-healthcheck-client', 'pki/etcd/healthcheck-client.crt'],
];
const authorities: readonly (readonly [name: string, file: string])[] = [['ca', 'pki/ca.crt'], ['front-proxy-ca', 'pki/front-proxy-ca.crt'], ['etcd-ca', 'pki/etcd/ca.crt']];

export const certificateNames = known.map(([name]) => name);

export interface Certificate {
  readonly name: string;
  readonly path: string;
  /** Milliseconds since 1970; undefined where it cannot be read. */
  readonly expires: number | undefined;
  readonly isAuthority: boolean;
}

export interface CertificatesLook {
  readonly certificates: readonly Certificate[];
  /** Static pods that a restart has put aside and that was cut off before it put them back. */
  readonly aside: readonly string[];
}

const aside = `${kubernetesFolder}/.kubeadm-aside`;

/** $1 a folder to take for /, then files. */
const lookScript = `
root=$1 k=$1${kubernetesFolder}; shift
for f do
  [ -s "$k/$f" ] || continue
  printf '@%s\\n' "$f"
  case $f in
    *.conf) sed -n 's/^ *client-certificate-data: */ /p' "$k/$f";;
    *) sed -n -e '/BEGIN CERT/,/END CERT/s/^/ /p' "$k/$f";;
  esac
  printf '\\n'
done
printf '@aside\\n'; for f in "$root"${aside}/*.yaml; do [ -e "$f" ] && printf ' %s\\n' "\${f##*/}"; done; :`;

/** Reads certificates, and no key. Those that a cluster does not have (of an etcd of its own) are left out. */
export async function lookAtCertificates(probe: Probe, root = ''): Promise<CertificatesLook> {
  const files = [...known, ...authorities].map(([, file]) => file);
  const records = await askRecords(probe, lookScript, [root, ...files]);
  const read = (name: string, file: string, isAuthority: boolean): Certificate[] => {
    const text = records[file];
    if (text === undefined) return [];
    const pem = file.endsWith('.conf') ? Buffer.from(text.trim(), 'base64').toString() : text;
    const end = Date.parse(certificateOf(pem)?.validTo ?? '');
    return [{ name, path: `${kubernetesFolder}/${file}`, expires: Number.isNaN(end) ? undefined : end, isAuthority }];
  };
  return {
    certificates: [...known.flatMap(([name, file]) => read(name, file, false)), ...authorities.flatMap(([name, file]) => read(name, file, true))],
    aside: linesOf(records['aside']).map((file) => file.replace(/\.yaml$/, '')),
  };
}

/** The static pods that use these certificates and read them only when they start. etcd reads its own for each connection. */
export function usersOf(names: readonly string[]): string[] {
  const users = known.filter(([name, , user]) => user !== undefined && names.includes(name)).map(([, , user]) => user!);
  return ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'].filter((user) => users.includes(user));
}

/** Renews each, with the authority that is on the host. */
export function renewStep(names: readonly string[]): Run {
  return scriptStep(`${pathLine}
for name do
  said=$(kubeadm certs renew "$name" 2>&1 < /dev/null) || { printf '%s\\n' "$said" | grep -v '^To see the stack trace' | tail -n 1 >&2; exit 1; }
  printf '%s\\n' "$said" | grep -v '^$'
done`, names, { timeout: 600 });
}

/**
 * Starts a static pod again: its manifest is put aside until the kubelet has stopped it, then back. One at a time; the API
 * server is waited for until it is ready.
 */
export function restartStep(component: string, root = ''): Run {
  return scriptStep(`
root=$1 c=$2${prelude}
manifest=$k/manifests/$c.yaml aside=$root${aside}
back() { [ ! -f "$aside/$c.yaml" ] || mv "$aside/$c.yaml" "$manifest"; rmdir "$aside" 2>/dev/null; }
trap back EXIT; trap 'exit 143' TERM HUP INT PIPE
ids() { for p in /proc/[0-9]*; do words=$(tr '\\0' ' ' < "$p/cmdline" 2>/dev/null) && case $words in "$c "*|*/"$c "*) echo "\${p##*/}";; esac; done; }
wait_for() { end=$(($(date +%s) + 180)); until "$@"; do [ "$(date +%s)" -lt "$end" ] || return 1; sleep 1; done; }
gone() { [ -z "$(ids)" ]; }
there() { [ -n "$(ids)" ]; }
ready() { kubectl --kubeconfig="$k/admin.conf" --request-timeout=5s get --raw=/readyz >/dev/null 2>&1; }
mkdir -p "$aside" || exit
[ ! -f "$manifest" ] || mv "$manifest" "$aside/" || exit
wait_for gone || { echo "$c does not stop" >&2; exit 1; }
back
wait_for there || { echo "$c does not start again" >&2; exit 1; }
[ "$c" != kube-apiserver ] || ! command -v kubectl >/dev/null 2>&1 || wait_for ready || { echo "$c is not ready again" >&2; exit 1; }`, [root, component], { timeout: 600 });
}
