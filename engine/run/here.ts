/** The controller's side of a task, as modules see it. */
import { statSync } from 'node:fs';
import path from 'node:path';
import type { Here, TemplateOptions } from '../module/module.ts';
import { ModuleFailure } from '../module/change.ts';
import { readLocalFile } from '../module/read-local-file.ts';
import { candidates, findFile, type Standing } from '../playbook/find-file.ts';
import { readSource, shortName } from '../source/read-source.ts';
import { compileExpression, compileFile, type CompiledFile } from '../template/compile.ts';
import type { Env, Scope } from '../template/registry.ts';
import { Unknown } from '../template/value.ts';
import type { HostState } from './host-state.ts';

/** A value that only the run can give was touched where it is needed now. */
export class KnownOnlyAtRun extends Error {
  override readonly name = 'KnownOnlyAtRun';
}

export interface HereOptions {
  readonly check: boolean;
  /** False where nobody will see what texts were before and after. */
  readonly diff: boolean;
  readonly host: string;
  readonly facts: HostState['facts'];
  readonly standing: Standing;
  readonly scope: Scope;
  readonly environment: Env;
  readonly now: () => number;
  readonly verbosity?: number | undefined;
}

const templates = new Map<string, { readonly was: string; readonly compiled: CompiledFile }>();

/** Opens the controller's side for one task on one host. */
export function openHere({ check, diff, host, facts, standing, scope, environment, now, verbosity = 0 }: HereOptions): Here {
  const find = (name: string, kind: 'files' | 'templates'): string => {
    const file = findFile(name, kind, standing);
    if (!file) throw new ModuleFailure(`no ${kind === 'files' ? 'file' : 'template'} "${name}" on the controller`, { hint: `looked for ${candidates(name, kind, standing).map(shortName).join(', ')}` });
    return file;
  };
  return {
    check,
    diff,
    host,
    file: async (name) => readLocalFile(find(name, 'files')),
    template: async (name, options) => {
      const text = templateOf(find(name, 'templates'), options).render(scope, environment);
      if (text instanceof Unknown) throw new KnownOnlyAtRun(text.because);
      return text as string;
    },
    evaluate: (text) => {
      const source = { name: 'expression', text };
      const value = compileExpression(text, (start, end) => ({ source, start, end })).evaluate(scope, environment);
      if (value instanceof Unknown) throw new KnownOnlyAtRun(value.because);
      return value;
    },
    fact: (name) => facts.get(name),
    path: (name) => path.resolve(standing.folder, name),
    now,
    verbosity,
  };
}

/** A template file, compiled once, and again where a task of this run has written it since. */
function templateOf(file: string, options: TemplateOptions = {}): CompiledFile {
  const key = JSON.stringify([file, options]);
  const found = statSync(file, { bigint: true, throwIfNoEntry: false });
  const was = found ? [found.ino, found.size, found.mtimeNs, found.ctimeNs].join(' ') : '';
  const known = templates.get(key);
  if (known?.was === was) return known.compiled;
  const compiled = compileFile(readSource(file), options);
  templates.set(key, { was, compiled });
  return compiled;
}
