/** YAML for files that programs read: block style, keys in the order given, long texts on one line. */
import { dumpYaml } from '../template/yaml-text/dump.ts';
import type { Value } from '../template/value.ts';

/** Texts that Go takes for numbers where YAML 1.1 and Python do not: an exponent without a sign, the newer octals. */
const goNumber = /^[-+]?(\.\d+|\d+(\.\d*)?)[eE]\d+$|^[-+]?0o[0-7_]+$/;

/** A plain value as YAML text with a line end. Fields that are undefined are left out, at any depth. */
export function writeYaml(value: unknown): string {
  const kept = defined(value);
  return dumpYaml(kept, { indent: 2, width: Number.MAX_SAFE_INTEGER, sortKeys: false, flowStyle: false, style: hasGoNumber(kept) ? '"' : undefined, explicitStart: false, explicitEnd: false });
}

function defined(value: unknown): Value {
  if (Array.isArray(value)) return value.map(defined);
  if (value === null || typeof value !== 'object') return value as Value;
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined).map(([key, each]) => [key, defined(each)]));
}

function hasGoNumber(value: Value): boolean {
  if (typeof value === 'string') return goNumber.test(value);
  return value !== null && typeof value === 'object' && Object.values(value).some((each) => hasGoNumber(each as Value));
}
