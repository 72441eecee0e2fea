/** What tells two states of an object apart, and how the difference is shown: without what the cluster keeps for itself, and without secrets. */
import { isDeepStrictEqual } from 'node:util';
import { writeYaml } from '../../engine/module/kit.ts';
import { isMapping, type KubeObject } from './kubectl-object.ts';

/** Written by the cluster, and different at each look. */
const ownFields = ['managedFields', 'resourceVersion', 'generation', 'uid', 'creationTimestamp', 'selfLink'];
/** kubectl's own copy of what was applied without the server's help; it may hold a secret. */
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';
const hidden = '(hidden)';

/** What users say of an object: no status, nothing that the cluster keeps for itself. */
export function cleaned({ status: _, ...object }: KubeObject): KubeObject {
  const metadata = Object.fromEntries(Object.entries(object.metadata).filter(([name]) => !ownFields.includes(name)));
  const annotations = Object.entries(object.metadata.annotations ?? {}).filter(([name]) => name !== lastApplied);
  delete metadata['annotations'];
  return { ...object, metadata: { ...metadata, name: object.metadata.name, ...(annotations.length > 0 && { annotations: Object.fromEntries(annotations) }) } } as KubeObject;
}

/** True where an apply would leave all that users can see as it is. */
export function isSame(live: KubeObject, after: KubeObject): boolean {
  return isDeepStrictEqual(plainOf(cleaned(live)), plainOf(cleaned(after)));
}

/** True where the manager is on record for the same fields: what it leaves out one day is then taken away. */
export function isSameOwner(live: KubeObject, after: KubeObject, manager: string): boolean {
  return isDeepStrictEqual(ownedBy(live, manager), ownedBy(after, manager));
}

function ownedBy({ metadata }: KubeObject, manager: string): unknown[] {
  const entries = Array.isArray(metadata['managedFields']) ? (metadata['managedFields'] as Record<string, unknown>[]) : [];
  return entries.filter((each) => each['manager'] === manager && each['operation'] === 'Apply').map(({ apiVersion, fieldsV1 }) => ({ apiVersion, fieldsV1 }));
}

/** Two states as texts, secrets hidden; what differs in them shows as changed. */
export function diffTexts(live: KubeObject | undefined, after: KubeObject | undefined): { readonly before: string; readonly after: string } {
  const one = live && cleaned(live);
  const other = after && cleaned(after);
  return { before: one ? writeYaml(withoutSecrets(one)) : '', after: other ? writeYaml(withoutSecrets(other, one)) : '' };
}

/** An object without the data of a Secret; `before` is the same one as it was, so that data which changes is told from data which stays. */
export function withoutSecrets(object: KubeObject, before?: KubeObject): KubeObject {
  if (object.kind !== 'Secret') return object;
  const hide = (field: 'data' | 'stringData'): Record<string, unknown> => {
    const values = object[field];
    if (!isMapping(values)) return {};
    const old = before && isMapping(before[field]) ? before[field] : {};
    return { [field]: Object.fromEntries(Object.entries(values).map(([key, value]) => [key, before && key in old && old[key] !== value ? '(hidden, changed)' : hidden])) };
  };
  return { ...object, ...hide('data'), ...hide('stringData') };
}

/** As plain JSON, in which a field that is undefined is none. */
function plainOf(object: KubeObject): unknown {
  return JSON.parse(JSON.stringify(object)) as unknown;
}
