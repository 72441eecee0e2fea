/** What a cluster has of a definition's objects, and what it says an apply would make of them. Nothing is kept of the asking. */
import { Missing, ModuleFailure, type Plan, type Probe } from '../../engine/module/kit.ts';
import { askKubectl, complaintOf, readJson, warningsOf, type Access } from './kubectl-command.ts';
import type { Contact } from './kubectl-contact.ts';
import { minorOf } from './kubeadm-version.ts';
import { groupOf, isMapping, keyOf, listText, nameOf, nameOnly, type KubeObject } from './kubectl-object.ts';
import type { Placed } from './kubectl-place.ts';

/** Objects that are asked about one by one. */
const most = 60;

/** How objects are applied. */
export interface ApplyWish {
  readonly field_manager: string;
  readonly force_conflicts: boolean;
}

/** By {@link keyOf}. */
export type Objects = ReadonlyMap<string, KubeObject>;

/** Newer kubectl leave the history of who set which field out, unless asked. */
export function historyFlags({ minor }: Contact): string[] {
  return minor >= 21 ? ['--show-managed-fields'] : [];
}

/** The words that apply a list on stdin. The server itself takes no field that it does not know; what kubectl checks beforehand would refuse an object in part. */
export function applyWords(contact: Contact, { field_manager, force_conflicts }: ApplyWish, { byServer }: { readonly byServer: boolean }): string[] {
  const how = byServer ? ['--server-side', ...(force_conflicts ? ['--force-conflicts'] : [])] : [];
  return ['apply', ...how, '--validate=false', `--field-manager=${field_manager}`, '-o', 'json', ...historyFlags(contact), '-f', '-'];
}

/** False for objects that the API server of this version cannot apply itself: the one that serves APIService breaks down over it before 1.22. kubectl then works out the difference. */
export function isByServer({ server }: Contact, { apiVersion }: KubeObject): boolean {
  return groupOf(apiVersion) !== 'apiregistration.k8s.io' || minorOf(server) >= 22;
}

/** The words that ask for the objects of a list on stdin. */
export function getWords(contact: Contact): string[] {
  return ['get', '--ignore-not-found', '-o', 'json', ...historyFlags(contact), '-f', '-'];
}

/** Those of the objects that are there. Throws ModuleFailure where the cluster does not say. */
export async function askLive(probe: Probe, access: Access, contact: Contact, objects: readonly KubeObject[]): Promise<Objects> {
  if (objects.length === 0) return new Map();
  const answer = readJson(await askKubectl(probe, access, [...getWords(contact), '--request-timeout=30s'], { stdin: listText(objects.map(nameOnly)) }));
  return byKey(itemsOf(answer));
}

/** The namespaces of objects, as objects to ask for. */
export function namespacesOf(objects: readonly KubeObject[]): KubeObject[] {
  const names = new Set(objects.map(({ metadata }) => metadata.namespace).filter((name) => name !== undefined));
  return [...names].map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }));
}

export interface DryRun {
  readonly objects: Objects;
  readonly warnings: readonly string[];
}

/** What the cluster would make of objects, whose kinds it knows and whose namespaces it has. Throws ModuleFailure where it refuses one of them. */
export async function askDryRun(probe: Probe, access: Access, contact: Contact, wish: ApplyWish, objects: readonly KubeObject[]): Promise<DryRun> {
  const [byServer, byClient] = [objects.filter((each) => isByServer(contact, each)), objects.filter((each) => !isByServer(contact, each))];
  const [one, other] = await Promise.all([dryRun(probe, access, contact, wish, byServer, true), dryRun(probe, access, contact, wish, byClient, false)]);
  return { objects: new Map([...one.objects, ...other.objects]), warnings: [...one.warnings, ...other.warnings] };
}

async function dryRun(probe: Probe, access: Access, contact: Contact, wish: ApplyWish, objects: readonly KubeObject[], byServer: boolean): Promise<DryRun> {
  if (objects.length === 0) return { objects: new Map(), warnings: [] };
  const answer = await askKubectl(probe, access, [...applyWords(contact, wish, { byServer }), '--dry-run=server'], { stdin: listText(objects), timeout: 300 });
  if (answer.code !== 0) throw await refusal(probe, access, contact, wish, objects, complaintOf(answer));
  return { objects: byKey(itemsOf(readJson(answer))), warnings: warningsOf(answer) };
}

/** The cluster does not always say which object it refuses: then each is asked about by itself. */
async function refusal(probe: Probe, access: Access, contact: Contact, wish: ApplyWish, objects: readonly KubeObject[], complaint: string): Promise<ModuleFailure> {
  if (objects.length === 1) return new ModuleFailure(`${nameOf(objects[0]!)} is refused: ${complaint}`, adviceFor(complaint));
  if (objects.length > most) return new ModuleFailure(`some of ${objects.length} objects are refused: ${complaint}`, adviceFor(complaint));
  const alone = await Promise.all(objects.map((object) => askDryRun(probe, access, contact, wish, [object]).then(() => [], (error: unknown) => (error instanceof ModuleFailure ? [error.message] : Promise.reject(error as Error)))));
  const complaints = alone.flat();
  return new ModuleFailure(complaints.length === 0 ? complaint : complaints.slice(0, 5).join('; '), adviceFor(complaint));
}

function adviceFor(complaint: string): { hint?: string } {
  return /conflict with "/.test(complaint) ? { hint: 'someone else has set these fields: leave them out of the definition, or take them over with server_side_apply: {force_conflicts: true}' } : {};
}

/** Throws Missing for an object whose kind or namespace is neither in the cluster nor in the definition, with what would be done were it there. */
export function refuseHomeless(placed: readonly Placed[], there: Objects, plan: Plan): void {
  const made = new Set(placed.map(({ object }) => keyOf(object)));
  for (const { object, isKnown, comesAlong } of placed) {
    const { apiVersion, kind, metadata } = object;
    if (!isKnown && !comesAlong) throw new Missing({ kind: 'object', name: `${apiVersion} ${kind}` }, `the cluster knows no ${kind} of ${apiVersion}`, 'does what brings this kind come later, or under another version?', plan);
    if (metadata.namespace === undefined) continue;
    const [home] = namespacesOf([object]);
    if (!there.has(keyOf(home!)) && !made.has(keyOf(home!))) throw new Missing({ kind: 'object', name: keyOf(home!) }, `the cluster has no namespace ${metadata.namespace}`, 'put the Namespace into the definition', plan);
  }
}

/** The objects in an answer: a list, one, or none. */
export function itemsOf(answer: unknown): KubeObject[] {
  if (!isMapping(answer)) return [];
  return Array.isArray(answer['items']) && String(answer['kind']).endsWith('List') ? (answer['items'] as KubeObject[]) : [answer as unknown as KubeObject];
}

function byKey(objects: readonly KubeObject[]): Objects {
  return new Map(objects.map((object) => [keyOf(object), object]));
}
