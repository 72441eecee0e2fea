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
  const at = { role: occasion.directives?.role, file: occasion.file ?? occasion.play?.play.folder ?? '', folder: occasion.play?.play.folder ?? '.' };
  const found = (name: Value, kind: 'files' | 'templates'): string => {
    const file = findFile(String(name), kind, at);
    if (!file) throw new Fault(`there is no file "${String(name)}" on the controller`);
    return file;
  };
  const lookups: Record<string, Lookup> = {
    env: (terms, options) => terms.map((term) => process.env[String(term)] ?? options['default'] ?? ''),
    file: (terms) => terms.map((term) => readFileSync(found(term, 'files'), 'utf8').replace(/\n+$/, '')),
    template: (terms) => terms.map((term) => compileFile(readSource(found(term, 'templates'))).render(scope, environment)),
    vars: (terms, options) => terms.map((term) => {
      const value = scope.get(String(term)) ?? options['default'];
      if (value === undefined) throw new Fault(`there is no variable "${String(term)}"`);
      return value;
    }),
  };
  const environment: Env = { lookups: new Map(Object.entries(lookups)), load: (name) => readSource(found(name, 'templates')) };
  return environment;
}
