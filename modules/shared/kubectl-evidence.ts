/** What a cluster tells of objects that do not get ready: their pods, what happened to them, the last words of those that crash. */
import { type Evidence, type Here, type Probe } from '../../engine/module/kit.ts';
import { askJson, askKubectl, type Access } from './kubectl-command.ts';
import { isContact, makeContact } from './kubectl-contact.ts';
import { unknownVersions } from './kubectl-kinds.ts';
import { askLive, itemsOf } from './kubectl-look.ts';
import { isMapping, nameOf, type KubeObject } from './kubectl-object.ts';
import { placeObjects } from './kubectl-place.ts';
import { eventLine, isFine, podLine, timeOf } from './kubectl-pods.ts';
import { isLate } from './kubectl-ready.ts';
import { selects } from './kubectl-selector.ts';
import { readSources, type SourceWish } from './kubectl-source.ts';

const most = { pods: 20, events: 20, logs: 3 } as const;

/** Tells of the objects of a task. */
export async function objectEvidence(asked: SourceWish & Access, probe: Probe, here: Here): Promise<Evidence[]> {
  const objects = await readSources(asked, probe, here);
  const contact = await makeContact(probe, asked, unknownVersions(objects));
  if (!isContact(contact)) return [];
  const placed = placeObjects(objects, contact.kinds, asked.namespace).filter(({ isKnown }) => isKnown).map(({ object }) => object);
  const live = await askLive(probe, asked, contact, placed);
  return evidenceFor(probe, asked, [...live.values()].filter((each) => isLate(each)), here.now());
}

/** Tells of objects that are late, whose pods are in their own namespaces. */
export async function evidenceFor(probe: Probe, access: Access, late: readonly KubeObject[], now: number): Promise<Evidence[]> {
  const told = await Promise.all([...new Set(late.map(({ metadata }) => metadata.namespace))].filter((name) => name !== undefined).map((name) => ofNamespace(probe, access, name, late.filter(({ metadata }) => metadata.namespace === name), now)));
  return told.flat();
}

async function ofNamespace(probe: Probe, access: Access, namespace: string, late: readonly KubeObject[], now: number): Promise<Evidence[]> {
  const list = async (resource: string): Promise<KubeObject[]> => itemsOf(await askJson(probe, access, ['get', resource, '-n', namespace, '-o', 'json', '--request-timeout=20s']));
  const [all, events] = await Promise.all([list('pods'), list('events')]);
  const pods = all.filter((pod) => late.some((object) => isOf(pod, object)) && !isFine(pod));
  const names = [...late, ...pods].map(({ metadata }) => metadata.name);
  const about = events.filter((event) => isAbout(event, names)).sort((a, b) => timeOf(a) - timeOf(b)).slice(-most.events);
  const logs = await Promise.all(pods.filter(isCrashing).slice(0, most.logs).map((pod) => lastWords(probe, access, pod)));
  return [
    ...(pods.length > 0 ? [{ title: `pods of ${late.map(nameOf).join(', ').slice(0, 200)}`, text: pods.slice(0, most.pods).map(podLine).join('\n') }] : []),
    ...(about.length > 0 ? [{ title: `events in ${namespace}`, text: about.map((event) => eventLine(event, now)).join('\n') }] : []),
    ...logs.flat(),
  ];
}

/** True for a pod of an object, by the labels that it selects. */
function isOf(pod: KubeObject, object: KubeObject): boolean {
  if (object.kind === 'Pod') return pod.metadata.name === object.metadata.name;
  return isMapping(object['spec']) && selects(object['spec']['selector'], pod.metadata.labels);
}

/** What is made for an object has its name before its own. */
function isAbout(event: KubeObject, names: readonly string[]): boolean {
  const about = isMapping(event['involvedObject']) ? String(event['involvedObject']['name']) : '';
  return names.some((name) => about === name || about.startsWith(`${name}-`));
}

function isCrashing(pod: KubeObject): boolean {
  return crashed(pod) !== undefined;
}

function crashed(pod: KubeObject): { readonly name: string; readonly restarts: number } | undefined {
  const status = isMapping(pod['status']) ? pod['status'] : {};
  const all = ['initContainerStatuses', 'containerStatuses'].flatMap((field) => (Array.isArray(status[field]) ? (status[field] as { name: string; restartCount: number; state?: { terminated?: { exitCode: number } } }[]) : []));
  const found = all.find(({ restartCount, state }) => restartCount > 0 || (state?.terminated && state.terminated.exitCode !== 0));
  return found && { name: found.name, restarts: found.restartCount };
}

async function lastWords(probe: Probe, access: Access, pod: KubeObject): Promise<Evidence[]> {
  const { name, restarts } = crashed(pod)!;
  const words = ['logs', '-n', pod.metadata.namespace ?? 'default', pod.metadata.name, '-c', name, '--tail=10', '--request-timeout=20s'];
  const { code, stdout } = await askKubectl(probe, access, restarts > 0 ? [...words, '--previous'] : words);
  return code === 0 && stdout.length > 0 ? [{ title: `last words of ${name} in ${pod.metadata.namespace}/${pod.metadata.name}`, text: stdout.toString() }] : [];
}
