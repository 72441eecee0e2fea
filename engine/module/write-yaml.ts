/** YAML for files that programs read: block style, keys in the order given, long texts on one line. */
import { dumpYaml } from '../template/yaml-text/dump.ts';
import type { Value } from '../template/value.ts';

/** A plain value as YAML text with a line end. Fields that are undefined are left out, at any depth. */
export function writeYaml(value: unknown): string {
  return dumpYaml(defined(value), { indent: 2, width: Number.MAX_SAFE_INTEGER, sortKeys: false, flowStyle: false, style: undefined, explicitStart: false, explicitEnd: false });
}

function defined(value: unknown): Value {
  if (Array.isArray(value)) return value.map(defined);
  if (value === null || typeof value !== 'object') return value as Value;
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined).map(([key, each]) => [key, defined(each)]));
}
