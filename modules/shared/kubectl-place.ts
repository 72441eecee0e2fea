/** Where objects belong: in which namespace, and which of them have to be there before others can be. */
import { kindInfo, type Kinds } from './kubectl-kinds.ts';
import { groupOf, isMapping, type KubeObject } from './kubectl-object.ts';

/** An object, and what its being there waits for. */
export interface Placed {
  readonly object: KubeObject;
  /** The cluster knows its kind. */
  readonly isKnown: boolean;
  /** Its kind comes with the definition itself. */
  readonly comesAlong: boolean;
}

/** Kinds that others need: they are made first, whatever their place in the definition. */
export function isFoundation({ kind, apiVersion }: KubeObject): boolean {
  return (kind === 'Namespace' && apiVersion === 'v1') || isDefinition({ kind, apiVersion });
}

/** True for an object that brings a kind of its own. */
export function isDefinition({ kind, apiVersion }: Pick<KubeObject, 'kind' | 'apiVersion'>): boolean {
  return kind === 'CustomResourceDefinition' && groupOf(apiVersion) === 'apiextensions.k8s.io';
}

/** The kind that a definition brings: `example.org/Widget`. */
export function kindOf(definition: KubeObject): string {
  const { group, names } = specOf(definition);
  return `${String(group)}/${isMapping(names) ? String(names['kind']) : ''}`;
}

/**
 * Puts each object into its namespace: its own, else the one that is asked for, else `default`; none where its kind has none.
 * Foundations come first, everything else stays in its order.
 */
export function placeObjects(objects: readonly KubeObject[], kinds: Kinds, namespace: string | undefined): Placed[] {
  const coming = new Map(objects.filter(isDefinition).map((each) => [kindOf(each), specOf(each)['scope'] !== 'Cluster'] as const));
  const placed = objects.map((object): Placed => {
    const own = `${groupOf(object.apiVersion)}/${object.kind}`;
    const info = kindInfo(object, kinds);
    const isNamespaced = info?.namespaced ?? coming.get(own) ?? true;
    const { namespace: given, name, ...others } = object.metadata;
    const metadata = { name, ...(isNamespaced && { namespace: given ?? namespace ?? 'default' }), ...others };
    return { object: { ...object, metadata }, isKnown: info !== undefined, comesAlong: coming.has(own) };
  });
  return [...placed.filter(({ object }) => isFoundation(object)), ...placed.filter(({ object }) => !isFoundation(object))];
}

function specOf(definition: KubeObject): Readonly<Record<string, unknown>> {
  return isMapping(definition['spec']) ? definition['spec'] : {};
}
