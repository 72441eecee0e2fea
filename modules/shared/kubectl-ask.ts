/** Single questions to a cluster: objects of one kind, by name or by selector. */
import { Missing, ModuleFailure, type AskOptions, type Plan, type Probe, type Result } from '../../engine/module/kit.ts';
import { accessArgs, askKubectl, complaintOf, kubectlSetup, readJson, type Access } from './kubectl-command.ts';
import { refuseNoContact, type NoContact } from './kubectl-contact.ts';
import { itemsOf } from './kubectl-look.ts';
import type { KubeObject } from './kubectl-object.ts';

/** A question that the cluster answered, or why the host could not ask it. */
export type Answered = { readonly kind: 'answer'; readonly objects: readonly KubeObject[] } | { readonly kind: 'noContact'; readonly contact: NoContact } | { readonly kind: 'unknownKind'; readonly complaint: string };

/** Asks for objects, in one round trip. Throws ModuleFailure where the cluster does not answer. */
export async function askObjects(probe: Probe, access: Access, words: readonly string[], options: AskOptions = {}): Promise<Answered> {
  const [contact, answer] = await Promise.all([askLack(probe, access), askKubectl(probe, access, ['get', ...words, '-o', 'json', '--ignore-not-found', '--request-timeout=30s'], options)]);
  if (contact) return { kind: 'noContact', contact };
  if (answer.code !== 0 && isUnknownKind(answer)) return { kind: 'unknownKind', complaint: complaintOf(answer) };
  return { kind: 'answer', objects: itemsOf(readJson(answer)) };
}

/** The objects of an answer. Throws Missing where the host cannot ask, or the cluster has no such kind, with what would be done could it. */
export function needAnswer(answered: Answered, kind: string, plan?: Plan): readonly KubeObject[] {
  if (answered.kind === 'noContact') return refuseNoContact(answered.contact, plan);
  if (answered.kind === 'unknownKind') throw new Missing({ kind: 'object', name: kind }, answered.complaint, undefined, plan);
  return answered.objects;
}

/** How kubectl is told a kind: `Deployment.v1.apps` where its API is named. Throws ModuleFailure for what is no kind. */
export function resourceWord(kind: string, apiVersion: string | undefined): string {
  if (!/^[A-Za-z][A-Za-z0-9.-]*$/.test(kind)) throw new ModuleFailure(`"${kind}" is not a kind of objects`);
  if (apiVersion === undefined) return kind;
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  return `${kind}.${version}.${group}`;
}

/** What keeps the host from asking; undefined where nothing does. */
async function askLack(probe: Probe, access: Access): Promise<NoContact | undefined> {
  const script = `${kubectlSetup}
file=\${KUBECONFIG%%:*}; printf '%s\\n' "$file"
if [ ! -e "$file" ]; then echo kubeconfig; elif [ ! -r "$file" ]; then echo permission; elif ! (unset -f kubectl; command -v kubectl) >/dev/null; then echo kubectl; fi`;
  const [kubeconfig = '', lacks] = (await probe.ask(['sh', '-c', script, 'sh', ...accessArgs(access)])).stdout.toString().trim().split('\n');
  return lacks === 'kubeconfig' || lacks === 'permission' || lacks === 'kubectl' ? { kubeconfig, lacks } : undefined;
}

function isUnknownKind({ stderr }: Result): boolean {
  return /doesn't have a resource type|no matches for kind/.test(stderr.toString());
}
