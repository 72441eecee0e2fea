/** What expressions may call beside filters and tests: `lookup('env', …)` and its like. They read the controller. */
import { readFileSync } from 'node:fs';
import { findFile } from '../playbook/find-file.ts';
import { readSource } from '../source/read-source.ts';
import { compileFile } from '../template/compile.ts';
import { Fault } from '../template/fault.ts';
import type { Env, Lookup, Scope } from '../template/registry.ts';
import type { Value } from '../template/value.ts';
import type { Occasion } from './variables.ts';

/** The environment in which an occasion's expressions are evaluated. */
export function environmentOf(occasion: Occasion, scope: Scope): Env {
  let lookups: ReadonlyMap<string, Lookup> | undefined;
  const environment: Env = {
    get lookups() { return (lookups ??= lookupsOf(occasion, scope, environment)); },
    load: (name) => readSource(found(occasion, name, 'templates')),
  };
  return environment;
}

function lookupsOf(occasion: Occasion, scope: Scope, environment: Env): ReadonlyMap<string, Lookup> {
  const lookups: Record<string, Lookup> = {
    env: (terms, options) => terms.map((term) => process.env[String(term)] ?? options['default'] ?? ''),
    file: (terms) => terms.map((term) => readFileSync(found(occasion, term, 'files'), 'utf8').replace(/\n+$/, '')),
    template: (terms) => terms.map((term) => compileFile(readSource(found(occasion, term, 'templates'))).render(scope, environment)),
    vars: (terms, options) => terms.map((term) => {
      const value = scope.get(String(term)) ?? options['default'];
      if (value === undefined) throw new Fault(`there is no variable "${String(term)}"`);
      return value;
    }),
  };
  return new Map(Object.entries(lookups));
}

function found({ directives, file, play }: Occasion, name: Value, kind: 'files' | 'templates'): string {
  const path = findFile(String(name), kind, { role: directives?.role, file: file ?? play?.play.folder ?? '', folder: play?.play.folder ?? '.' });
  if (!path) throw new Fault(`there is no file "${String(name)}" on the controller`);
  return path;
}
