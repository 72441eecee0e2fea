/** Bootstrap tokens of a cluster, asked and made on a control plane. Their secret halves never leave a script but by its output. */
import { ModuleFailure, type Probe, type Run } from '../../engine/module/kit.ts';
import { configText, imageDocuments } from './kubeadm-documents.ts';
import { kubernetesFolder, pathLine } from './kubeadm-files.ts';
import type { NodeLook } from './kubeadm-look.ts';
import { prelude } from './kubeadm-shell.ts';
import { foreseenKubeadm, tagOf } from './kubeadm-version.ts';
import { readRecords } from './records.ts';
import { askRecords, scriptStep } from './script.ts';

/** A token, without its secret half. */
export interface Token {
  readonly id: string;
  readonly description: string;
  /** As RFC 3339 has it; empty where it never does. */
  readonly expires: string;
  readonly usages: readonly string[];
  /** The uploaded certificates go when this one goes. */
  readonly holdsCertificates: boolean;
}

/** How kubeadm describes the token with which the uploaded certificates go. */
const certificatesToken = 'Proxy for managing TTL for the kubeadm-certs secret';

const listScript = `
k=${kubernetesFolder}
${pathLine}
[ -s "$k/admin.conf" ] && command -v kubeadm >/dev/null 2>&1 || exit 0
list() { kubeadm token list -o json --kubeconfig "$k/admin.conf"; }
if said=$(list 2>/dev/null); then printf '%s\\n' "$said" | sed -e 's/\\("token": *"[a-z0-9]\\{6\\}\\)\\.[a-z0-9]*"/\\1"/' -e 's/^/ /' -e '1i@tokens'
else list 2>&1 >/dev/null | grep -v '^To see the stack' | tail -n 1 | sed -e 's/^/ /' -e '1i@error'; fi`;

/** The tokens that a control plane knows; none where the host is none. Throws ModuleFailure where the API does not answer. */
export async function askTokens(probe: Probe): Promise<Token[]> {
  const { tokens, error } = await askRecords(probe, `(${listScript}\n)`, [], { timeout: 90 });
  if (error !== undefined) throw new ModuleFailure(`the tokens of the cluster cannot be listed: ${error || 'kubeadm ended without a word'}`);
  return readTokens(tokens ?? '');
}

/** kubeadm prints one JSON object after the other. Throws ModuleFailure for anything else. */
export function readTokens(text: string): Token[] {
  try {
    const rows = JSON.parse(`[${text.trim().replaceAll(/\}\s*\n\{/g, '},{')}]`) as { token: string; description?: string; expires?: string; usages?: string[] }[];
    return rows.map(({ token, description = '', expires = '', usages = [] }) => ({ id: token.slice(0, 6), description, expires, usages, holdsCertificates: description.startsWith(certificatesToken) }));
  } catch {
    throw new ModuleFailure('kubeadm answered something that is not a list of tokens');
  }
}

/** Many nodes may have theirs made at the same time. $2 seconds, $3 description, $4 yes to upload the certificates; the configuration for that on stdin, InitConfiguration first. */
const makeScript = `
root=$1 ttl=$2 description=$3 certificates=$4${prelude}
mkdir -p "$root/run" && d=$(mktemp -d "$root/run/kplay-token.XXXXXX") || exit
find "$root/run" -maxdepth 1 -name 'kplay-token.??????' -mmin +60 -exec rm -rf {} +
trap 'rm -rf "$d"' EXIT; trap 'exit 143' TERM HUP INT PIPE
run() { kubeadm "$@" --kubeconfig "$k/admin.conf" 2> "$d/err" || { grep -v '^To see the stack trace' "$d/err" >&2; return 1; }; }
key=
if [ "$certificates" = yes ]; then
  key=$(kubeadm certs certificate-key) || exit
  { printf 'certificateKey: "%s"\\n' "$key"; cat; } > "$d/config.yaml"
  run init phase upload-certs --upload-certs --skip-certificate-key-print --config "$d/config.yaml" >/dev/null || exit
fi
token=$(run token create --ttl "\${ttl}s" --description "$description") || exit
printf '@token\\n %s\\n@key\\n %s\\n' "$token" "$key"`;

export interface TokenWish {
  /** Seconds. */
  readonly ttl: number;
  readonly description: string;
  readonly control_plane: boolean;
  readonly cri_socket?: string | undefined;
}

/** Makes a token, and with `control_plane` a key under which the certificates are uploaded; {@link readMade} reads what it prints. */
export function makeStep({ ttl, description, control_plane, cri_socket }: TokenWish, look: NodeLook, root = ''): Run {
  return scriptStep(makeScript, [root, String(ttl), description, control_plane ? 'yes' : 'no'], { stdin: uploadConfig(look, cri_socket), timeout: 300, quiet: true, codes: 'any' });
}

/** kubeadm wants to be told of an etcd of its own which certificates to upload; the API server's flags say so. */
function uploadConfig(look: NodeLook, socket: string | undefined): string {
  const { etcd, 'kube-apiserver': apiServer } = look.manifests;
  const { 'etcd-servers': servers, 'etcd-cafile': ca_file, 'etcd-certfile': cert_file, 'etcd-keyfile': key_file } = apiServer?.flags ?? {};
  const external = !etcd && servers !== undefined ? { external: { endpoints: servers.split(','), ca_file, cert_file, key_file } } : undefined;
  const kubeadm = look.kubeadm ?? foreseenKubeadm(undefined);
  return configText(imageDocuments({ version: tagOf(apiServer?.image ?? ''), cri_socket: socket ?? look.criSocket, etcd: external }, kubeadm));
}

/** What {@link makeStep} printed. Throws ModuleFailure where there is no token in it. */
export function readMade(stdout: string, withKey: boolean): { readonly token: string; readonly id: string; readonly certificate_key?: string } {
  const records = readRecords(stdout);
  const token = /^[a-z0-9]{6}\.[a-z0-9]{16}$/m.exec(records['token'] ?? '')?.[0];
  const key = /^[0-9a-f]{64}$/m.exec(records['key'] ?? '')?.[0];
  if (token === undefined || (withKey && key === undefined)) throw new ModuleFailure(`kubeadm made no ${token === undefined ? 'token' : 'certificate key'} that can be read`);
  return { token, id: token.slice(0, 6), ...(withKey && key !== undefined && { certificate_key: key }) };
}

/** Deletes tokens by their ids. */
export function deleteStep(tokens: readonly Token[]): Run {
  return scriptStep(`${pathLine}\nkubeadm token delete "$@" --kubeconfig ${kubernetesFolder}/admin.conf`, tokens.map((token) => token.id), { timeout: 120 });
}
