/** Runs a module for real on this machine, in a temporary folder: look, act, or look alone as check mode does. */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import { act, isAction, look, summaries } from '../../engine/module/carry-out.ts';
import { openForesight, type Foresight } from '../../engine/module/foresight.ts';
import type { Here, Module } from '../../engine/module/module.ts';
import { readLocalFile } from '../../engine/module/read-local-file.ts';
import type { Session } from '../../engine/session/session.ts';

export interface Tried {
  readonly kind: 'ok' | 'changed' | 'failed' | 'missing';
  readonly summaries: readonly string[];
  readonly result: Readonly<Record<string, unknown>>;
  readonly message?: string | undefined;
}

export interface TryOptions {
  readonly session: Session;
  readonly check?: boolean;
  /** Foresight shared by the tasks of one dry run. */
  readonly foresight?: Foresight;
  readonly here?: Partial<Here>;
}

/** A folder that is removed when the test ends. */
export async function tempFolder(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'kplay-test-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A module's params read by its schema, then looked at and, outside check mode, acted on. */
export async function tryModule(module: Module<any, any>, params: Record<string, unknown>, options: TryOptions): Promise<Tried> {
  const { session, check = false } = options;
  const foresight = options.foresight ?? openForesight();
  const call = { module: module as Module, params: module.params.parse(withAliases(module, params)), here: { ...plainHere(session.host, check), ...options.here } };
  const looked = await look(call, check ? foresight.over(session) : session);
  if (looked.kind === 'failed') return { kind: 'failed', summaries: [], result: looked.failure.result, message: looked.failure.message };
  if (looked.kind === 'missing') return { kind: 'missing', summaries: [], result: {}, message: looked.missing.message };
  const said = summaries(looked.plan.changes);
  const kind = said.length > 0 ? 'changed' : 'ok';
  if (check) {
    foresight.learn(looked.plan.changes, 'earlier task', isAction(call));
    return { kind, summaries: said, result: looked.plan.result ?? {} };
  }
  const acted = await act(call, looked, session);
  if (acted.kind === 'failed') return { kind: 'failed', summaries: said, result: acted.failure.result, message: acted.failure.message };
  return { kind: acted.changes.length > 0 ? 'changed' : 'ok', summaries: summaries(acted.changes), result: acted.result };
}

function withAliases(module: Module<any, any>, params: Record<string, unknown>): Record<string, unknown> {
  const aliases = (module as { aliases?: Record<string, string> }).aliases ?? {};
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [aliases[name] ?? name, value]));
}

function plainHere(host: string, check: boolean): Here {
  return {
    check,
    host,
    file: readLocalFile,
    template: async (name) => (await (await readLocalFile(name)).read()).toString(),
    evaluate: () => { throw new Error('this test has no variables'); },
    fact: () => undefined,
    path: (name) => path.resolve(name),
    now: () => Date.now(),
  };
}
