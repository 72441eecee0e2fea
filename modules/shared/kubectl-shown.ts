/** Objects as a task registers them: without who set which field. */
import { cleaned, withoutSecrets } from './kubectl-compare.ts';
import { isMapping, type KubeObject } from './kubectl-object.ts';

/** An object without its history; without the data of a Secret where `hide`. */
export function shownObject(object: KubeObject, { hide = false } = {}): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata;
  const { annotations } = cleaned(object).metadata;
  const { annotations: __, ...others } = metadata;
  const shown = { ...object, metadata: { ...others, ...(annotations && { annotations }) } } as KubeObject;
  return hide ? withoutSecrets(shown) : shown;
}

/** The values of a Secret, as they are written and decoded. */
export function secretValues(object: KubeObject): string[] {
  if (object.kind !== 'Secret' || !isMapping(object['data'])) return [];
  return Object.values(object['data']).filter((value) => typeof value === 'string').flatMap((value) => [value, Buffer.from(value, 'base64').toString('utf8')]);
}
