/** All filters, tests, global names and lookups. Others may add to the tables before anything is compiled. */
import { dataFilters } from './filters/data.ts';
import { dateFilters } from './filters/dates.ts';
import { dictFilters } from './filters/dicts.ts';
import { hashFilters } from './filters/hashes.ts';
import { listFilters } from './filters/lists.ts';
import { networkFilters } from './filters/network.ts';
import { numberFilters } from './filters/numbers.ts';
import { pathFilters } from './filters/paths.ts';
import { regexFilters } from './filters/regexes.ts';
import { selectFilters } from './filters/select.ts';
import { setFilters } from './filters/sets.ts';
import { textFilters } from './filters/text.ts';
import { valueFilters } from './filters/values.ts';
import { globalValues } from './globals.ts';
import { ownLookups } from './lookups.ts';
import type { Filter, Lookup, Test } from './registry.ts';
import { comparisonTests } from './tests/comparisons.ts';
import { resultTests } from './tests/results.ts';
import { typeTests } from './tests/types.ts';
import { textTests } from './tests/texts.ts';
import type { Value } from './value.ts';

/** Filters by name. */
export const filters = new Map<string, Filter>(
  [valueFilters, textFilters, regexFilters, listFilters, selectFilters, setFilters, dictFilters, numberFilters, dataFilters, pathFilters, dateFilters, hashFilters, networkFilters].flatMap(Object.entries),
);

/** Tests by name. */
export const tests = new Map<string, Test>([typeTests, comparisonTests, textTests, resultTests].flatMap(Object.entries));

/** Names that stand for something everywhere: `range`, `lookup`, `omit`. Variables of the same name win. */
export const globals = new Map<string, Value>(globalValues);

/** Lookups that need nothing from outside. */
export const lookups = new Map<string, Lookup>(ownLookups);

/** Names of lookups that the evaluation's {@link Env} brings: they are known when a text is compiled. */
export const outsideLookups = new Set(['env', 'file', 'fileglob', 'first_found', 'inventory_hostnames', 'lines', 'password', 'pipe', 'template', 'unvault', 'url', 'vars', 'varnames']);

const collections = ['ansible.builtin', 'ansible.legacy', 'ansible.utils', 'ansible.netcommon', 'ansible.posix', 'community.general', 'kubernetes.core'];

/** A name without the collection that it is written with. */
export function shortName(name: string): string {
  const collection = collections.find((prefix) => name.startsWith(`${prefix}.`));
  return collection === undefined ? name : name.slice(collection.length + 1);
}

/** A filter by its name, `ansible.builtin.` and the like before it allowed. */
export function findFilter(name: string): Filter | undefined {
  return filters.get(name) ?? filters.get(shortName(name));
}

/** A test by its name. */
export function findTest(name: string): Test | undefined {
  return tests.get(name) ?? tests.get(shortName(name));
}
