/** Connection variables as typed values, each problem at the variable's place. */
import type { Problem } from '../source/problem.ts';
import type { Span } from '../source/source.ts';

/** A host's variables while its connection is worked out. */
export interface Asking {
  readonly host: string;
  /** A variable's rendered value, undefined where it is not set. */
  readonly vars: (name: string) => unknown;
  /** Where a variable is written, if that is known. */
  readonly place?: ((name: string) => Span | undefined) | undefined;
  readonly problems: Problem[];
}

interface Found {
  readonly name: string;
  readonly value: unknown;
}

/** The first of some names that is set; empty text and null count as not set. */
function firstSet({ vars }: Asking, names: readonly string[]): Found | undefined {
  for (const name of names) {
    const value = vars(name);
    if (value !== undefined && value !== null && value !== '') return { name, value };
  }
  return undefined;
}

/** A text. Whole numbers are taken as they are written; other values are problems that never show a secret. */
export function askText(asking: Asking, names: readonly string[]): string | undefined {
  const found = firstSet(asking, names);
  if (!found) return undefined;
  const { name, value } = found;
  if (typeof value === 'string') {
    if (/[\0\n\r]/.test(value)) complain(asking, found, 'must be one line of text', 'is a trailing newline in a `|` block meant? use `|-`');
    return value;
  }
  if (Number.isSafeInteger(value) && !isRewritten(asking, found)) return String(value);
  complain(asking, found, `must be text, but YAML and INI read it as ${typeof value === 'object' ? 'a list or mapping' : typeof value === 'boolean' ? 'yes or no' : 'a number'}`, `quote it: ${name}: "…" in YAML, ${name}='"…"' on an INI host line`);
  return undefined;
}

/** True where `0755` or `1_000` stands in the file, which is another number by the time it gets here. */
function isRewritten({ place }: Asking, { name, value }: Found): boolean {
  const span = place?.(name);
  const written = span?.source.text.slice(span.start, span.end) ?? '';
  return /^[-+]?\d\w*$/.test(written) && written !== String(value);
}

/** A whole number within bounds, or its digits as text. */
export function askWhole(asking: Asking, names: readonly string[], least: number, most: number): number | undefined {
  const found = firstSet(asking, names);
  if (!found) return undefined;
  const value = typeof found.value === 'string' && /^\s*\d+\s*$/.test(found.value) ? Number(found.value) : found.value;
  if (Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most) return value as number;
  complain(asking, found, `must be a whole number from ${least} to ${most}, not ${shown(found.value)}`);
  return undefined;
}

const yes = ['yes', 'true', 'on', 'y', 't', '1', '1.0'];
const no = ['no', 'false', 'off', 'n', 'f', '0', '0.0'];

/** Yes or no, as Ansible's `bool` reads it. */
export function askFlag(asking: Asking, names: readonly string[]): boolean | undefined {
  const found = firstSet(asking, names);
  if (!found) return undefined;
  const word = String(found.value).trim().toLowerCase();
  if (yes.includes(word)) return true;
  if (no.includes(word)) return false;
  complain(asking, found, `must be yes or no, not ${shown(found.value)}`);
  return undefined;
}

/** Adds a problem with a variable. */
export function complain({ host, place, problems }: Asking, { name }: Pick<Found, 'name'>, message: string, hint?: string): void {
  problems.push({ message: `host "${host}": ${name} ${message}`, span: place?.(name), hint });
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? String(value)).slice(0, 60);
}
