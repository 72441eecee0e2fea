/** Objects that others have written, changed in part before they are applied: where they come from stays as it is published. */
import { ModuleFailure } from '../../engine/module/kit.ts';
import { isMapping, nameOf, type KubeObject } from './kubectl-object.ts';

/** A part of an object, with its kind and its name. */
export type Patch = Readonly<Record<string, unknown>>;

/** Merges each patch into the object of its kind and name. Throws ModuleFailure where there is none. */
export function withPatches(objects: readonly KubeObject[], patches: readonly Patch[]): KubeObject[] {
  return patches.reduce<KubeObject[]>((all, patch) => {
    const at = all.findIndex((each) => fits(each, patch));
    if (at === -1) throw new ModuleFailure(`a patch is for ${placeOf(patch)}, which is not among the objects`, { hint: `there are ${all.slice(0, 12).map(nameOf).join(', ')}${all.length > 12 ? ', …' : ''}` });
    return all.with(at, merged(all[at], patch) as KubeObject);
  }, [...objects]);
}

function fits({ apiVersion, kind, metadata }: KubeObject, patch: Patch): boolean {
  const { name, namespace } = metadataOf(patch);
  return patch['kind'] === kind && name === metadata.name && (namespace === undefined || namespace === metadata.namespace) && (patch['apiVersion'] === undefined || patch['apiVersion'] === apiVersion);
}

function placeOf(patch: Patch): string {
  const { name = '?', namespace } = metadataOf(patch);
  return `${String(patch['kind'] ?? '?')} ${namespace === undefined ? '' : `${String(namespace)}/`}${String(name)}`;
}

function metadataOf(patch: Patch): Readonly<Record<string, unknown>> {
  return isMapping(patch['metadata']) ? patch['metadata'] : {};
}

/** Mappings field by field, null taking one away; lists whose items have names by name; anything else as the patch has it. */
function merged(value: unknown, patch: unknown): unknown {
  if (isMapping(value) && isMapping(patch)) {
    const fields = Object.entries(patch).map(([name, each]) => [name, each === null ? undefined : merged(value[name], each)] as const);
    return Object.fromEntries(Object.entries({ ...value, ...Object.fromEntries(fields) }).filter(([, each]) => each !== undefined));
  }
  if (isNamed(value) && isNamed(patch)) {
    const known = value.map((item) => merged(item, patch.find(({ name }) => name === item.name) ?? {}));
    return [...known, ...patch.filter(({ name }) => !value.some((item) => item.name === name))];
  }
  return patch;
}

function isNamed(value: unknown): value is readonly { readonly name: string }[] {
  return Array.isArray(value) && value.every((item) => isMapping(item) && typeof item['name'] === 'string');
}
