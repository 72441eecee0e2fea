/** Objects of a Kubernetes cluster as plain data: what they are called, and how they are read from a definition. */
import { ModuleFailure } from '../../engine/module/kit.ts';

export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Metadata;
  readonly [field: string]: unknown;
}

export interface Metadata {
  readonly name: string;
  /** Where it is missing the object is of no namespace, or of the namespace `default`. */
  readonly namespace?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  readonly [field: string]: unknown;
}

/** What tells an object from all others. */
export function keyOf({ apiVersion, kind, metadata: { name, namespace = '' } }: Pick<KubeObject, 'apiVersion' | 'kind' | 'metadata'>): string {
  return `${apiVersion}/${kind}/${namespace}/${name}`;
}

/** An object in words: `Deployment kube-system/coredns`. */
export function nameOf({ kind, metadata: { name, namespace } }: Pick<KubeObject, 'kind' | 'metadata'>): string {
  return `${kind} ${namespace === undefined ? name : `${namespace}/${name}`}`;
}

/** What of an object is needed to ask for it: nothing in it is secret. */
export function nameOnly({ apiVersion, kind, metadata: { name, namespace } }: KubeObject): KubeObject {
  return { apiVersion, kind, metadata: { name, ...(namespace !== undefined && { namespace }) } };
}

/** `apps/v1` of group and version; the core's group is empty. */
export function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? apiVersion.split('/')[0]! : '';
}

/** As one text that kubectl takes. */
export function listText(objects: readonly KubeObject[]): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
}

/**
 * The objects in documents, lists taken apart; `from` is where they come from, for messages. A `status` is dropped, since it is
 * the cluster's to say. Throws ModuleFailure for what is no object.
 */
export function readObjects(documents: readonly unknown[], from: string): KubeObject[] {
  const objects = documents.flatMap((document, at) => {
    const where = documents.length === 1 ? from : `document ${at + 1} of ${from}`;
    return flat(document, where);
  });
  const seen = new Set<string>();
  for (const object of objects) {
    const key = keyOf(object);
    if (seen.has(key)) throw new ModuleFailure(`${from} defines ${nameOf(object)} twice`);
    seen.add(key);
  }
  return objects;
}

function flat(document: unknown, where: string): KubeObject[] {
  if (Array.isArray(document)) return document.flatMap((each, at) => flat(each, `item ${at + 1} of ${where}`));
  if (!isMapping(document)) throw new ModuleFailure(`${where} is no object of Kubernetes, but ${document === null ? 'empty' : `a ${typeof document}`}`);
  const { apiVersion, kind, metadata, items } = document;
  if (typeof apiVersion !== 'string' || apiVersion === '') throw new ModuleFailure(`${where} has no apiVersion`);
  if (typeof kind !== 'string' || kind === '') throw new ModuleFailure(`${where} has no kind`);
  if (kind.endsWith('List') && Array.isArray(items)) return items.flatMap((each, at) => flat(each, `item ${at + 1} of ${where}`));
  if (!isMapping(metadata)) throw new ModuleFailure(`${where} (${kind}) has no metadata`);
  const { name, generateName, namespace, creationTimestamp: _, ...others } = metadata;
  if (generateName !== undefined && name === undefined) throw new ModuleFailure(`${where} (${kind}) has generateName and no name: each run would make another`, { hint: 'give it a name' });
  if (typeof name !== 'string' || name === '') throw new ModuleFailure(`${where} (${kind}) has no metadata.name`);
  if (namespace !== undefined && namespace !== null && typeof namespace !== 'string') throw new ModuleFailure(`${where} (${kind} ${name}) has a namespace that is no text`);
  const { status: __, ...fields } = document;
  return [withProtocols({ ...fields, apiVersion, kind, metadata: { name, ...(namespace ? { namespace } : {}), ...others } })];
}

/** Clusters before 1.21 tell the ports of a Service apart by their protocol, and refuse to apply one that does not say its own. */
function withProtocols(object: KubeObject): KubeObject {
  const { kind, apiVersion, spec } = object;
  if (kind !== 'Service' || apiVersion !== 'v1' || !isMapping(spec) || !Array.isArray(spec['ports'])) return object;
  return { ...object, spec: { ...spec, ports: spec['ports'].map((port: unknown) => (isMapping(port) && port['protocol'] === undefined ? { ...port, protocol: 'TCP' } : port)) } };
}

export function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
