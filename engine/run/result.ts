/** Results: what `register` stores and conditions read. */
import type { Failed } from '../module/carry-out.ts';
import type { ShownChange } from '../event/event.ts';
import type { Change } from '../module/change.ts';
import { Float, LazyMapping, lazyMapping, Unknown, type Value } from '../template/value.ts';

/** A mapping of which some fields are known and every other is known only at run. */
export function openResult(known: Readonly<Record<string, unknown>>, because: string): Value {
  const unknown = new Unknown(because);
  return lazyMapping((key) => (Object.hasOwn(known, key) ? (known[key] as Value) : unknown), () => Object.keys(known));
}

/** What a finished call registers. */
export function doneResult(changed: boolean, result: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return { changed, failed: false, ...result };
}

/** What a failed call registers. */
export function failedResult(failure: Failed): Record<string, unknown> {
  return withLines({ changed: false, ...failure.result, failed: true, msg: failure.message });
}

/** `stdout_lines` and `stderr_lines`, where there is output. */
export function withLines(result: Record<string, unknown>): Record<string, unknown> {
  for (const name of ['stdout', 'stderr']) {
    const text = result[name];
    if (typeof text === 'string' && !(`${name}_lines` in result)) result[`${name}_lines`] = text === '' ? [] : text.split('\n');
  }
  return result;
}

/** Changes as people see them. */
export function shown(changes: readonly Change[]): ShownChange[] {
  return changes.map(({ summary, of, before, after }) => ({ summary, of, before, after }));
}

/** A value as plain JSON for events: lazy mappings opened, unknown values named. */
export function toPlain(value: unknown): unknown {
  if (value instanceof Unknown) return '(known only at run)';
  if (value instanceof LazyMapping) return Object.fromEntries([...value.keys()].map((key) => [key, toPlain(value.get(key))]));
  if (value instanceof Float) return value.value;
  if (Array.isArray(value)) return value.map(toPlain);
  if (Buffer.isBuffer(value)) return value.toString('base64');
  if (value !== null && typeof value === 'object') {
    if (Object.getPrototypeOf(value) !== Object.prototype && Object.getPrototypeOf(value) !== null) return String(value);
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, toPlain(each)]));
  }
  return value;
}
