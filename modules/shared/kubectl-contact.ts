/** The first thing that is asked of a cluster: whether it can be reached from the host, its versions, the kinds that it knows. */
import { Missing, ModuleFailure, type Plan, type Probe } from '../../engine/module/kit.ts';
import { minorOf } from './kubeadm-version.ts';
import { accessArgs, complaintOf, kubectlSetup, parse, type Access } from './kubectl-command.ts';
import type { Kinds } from './kubectl-kinds.ts';
import { isMapping } from './kubectl-object.ts';
import { askRecords } from './script.ts';

/** A cluster that answers. */
export interface Contact {
  /** `v1.20.2` */
  readonly server: string;
  /** 20 for kubectl 1.20. */
  readonly minor: number;
  /** Of the APIs that were asked about. */
  readonly kinds: Kinds;
}

export interface KindInfo {
  readonly namespaced: boolean;
}

/** Why the host cannot be asked about its cluster; a dry run may know who will change that. */
export interface NoContact {
  readonly kubeconfig: string;
  readonly lacks: 'kubeconfig' | 'permission' | 'kubectl';
}

/** $1, $2 for {@link kubectlSetup}, then paths of the API to tell of. */
const script = `${kubectlSetup}
say() { printf '@%s\\n' "$1"; sed 's/^/ /'; printf '\\n'; }
file=\${KUBECONFIG%%:*}
echo "$file" | say kubeconfig
[ -e "$file" ] || { echo kubeconfig | say lacks; exit 0; }
[ -r "$file" ] || { echo permission | say lacks; exit 0; }
(unset -f kubectl; command -v kubectl) >/dev/null || { echo kubectl | say lacks; exit 0; }
ask() { kubectl --request-timeout=20s "$@"; }
{ errors=$({ ask version -o json | say version >&3; } 2>&1); } 3>&1
printf '%s\\n' "$errors" | say errors
for path do ask get --raw "$path" 2>/dev/null | say "api $path"; done`;

/** Makes contact, in one round trip. Throws ModuleFailure where the cluster does not answer. */
export async function makeContact(probe: Probe, access: Access, apiVersions: readonly string[] = []): Promise<Contact | NoContact> {
  const paths = apiVersions.map(pathOf);
  const records = await askRecords(probe, `(${script}\n)`, [...accessArgs(access), ...paths], { timeout: 90, cap: 8 * 1024 * 1024 });
  const kubeconfig = records['kubeconfig']?.trim() ?? '';
  const lacks = records['lacks']?.trim();
  if (lacks === 'kubeconfig' || lacks === 'permission' || lacks === 'kubectl') return { kubeconfig, lacks };
  const { clientVersion, serverVersion } = (parse(records['version'] ?? '') ?? {}) as { clientVersion?: { gitVersion?: string }; serverVersion?: { gitVersion?: string } };
  if (serverVersion?.gitVersion === undefined) {
    throw new ModuleFailure(`the cluster does not answer: ${complaintOf({ code: 1, stderr: Buffer.from(records['errors'] ?? '') })}`, { hint: `it was asked with ${kubeconfig}` });
  }
  return { server: serverVersion.gitVersion, minor: minorOf(clientVersion?.gitVersion ?? ''), kinds: new Map(apiVersions.map((apiVersion, at) => [apiVersion, readKinds(records[`api ${paths[at]}`])])) };
}

/** True where contact was made. */
export function isContact(contact: Contact | NoContact): contact is Contact {
  return 'server' in contact;
}

/** Throws Missing where kubectl or its kubeconfig is not there, with what would be done were it there. */
export function refuseNoContact({ kubeconfig, lacks }: NoContact, plan?: Plan): never {
  if (lacks === 'permission') throw new ModuleFailure(`${kubeconfig} cannot be read`, { hint: 'it is root\'s: become: true' });
  if (lacks === 'kubectl') throw new Missing({ kind: 'command', name: 'kubectl' }, 'kubectl is not on the host', 'the package kubectl brings it', plan);
  throw new Missing({ kind: 'path', name: kubeconfig }, `the host has no ${kubeconfig}, which says where the cluster is`, 'delegate the task to a control plane of the cluster, or name another file with kubeconfig', plan);
}

/** Where an API of this version is: `/apis/apps/v1`. */
export function pathOf(apiVersion: string): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

/** Kinds of a list of resources; subresources have a slash in their name. An API that the cluster does not have has none. */
function readKinds(text: string | undefined): ReadonlyMap<string, KindInfo> {
  const list = parse(text ?? '');
  const rows = isMapping(list) && Array.isArray(list['resources']) ? (list['resources'] as { name: string; kind: string; namespaced: boolean }[]) : [];
  return new Map(rows.filter(({ name }) => !name.includes('/')).map(({ kind, namespaced }) => [kind, { namespaced }]));
}
