/** Holds a module to its word on a real folder: the dry run says what is then done and touches nothing; twice is once. */
import { createHash } from 'node:crypto';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import { connectLocal } from '../../engine/session/local.ts';
import type { Connection, Session } from '../../engine/session/session.ts';
import type { Here, Module } from '../../engine/module/module.ts';
import { tryModule, type Tried } from './try-module.ts';

/** A session on this machine that all tests of a file share. */
export function sharedSession(test: { after: { always(end: () => Promise<void>): void } }): () => Promise<Session> {
  let connection: Promise<Connection> | undefined;
  test.after.always(async () => (await connection)?.close());
  return async () => (await (connection ??= connectLocal({ host: 'here' }))).session();
}

export interface SettleOptions {
  readonly session: Session;
  /** All that the module may touch. */
  readonly folder: string;
  readonly here?: Partial<Here>;
}

/**
 * Looks as check mode does, which must leave the folder as it is byte for byte; then acts, which must make the changes
 * that were foretold; then acts again, which must find nothing to do. Gives what the first act gave.
 */
export async function settles(t: ExecutionContext, module: Module<any, any>, params: Record<string, unknown>, options: SettleOptions): Promise<Tried> {
  const before = await snapshot(options.folder);
  const foretold = await tryModule(module, params, { ...options, check: true });
  t.deepEqual(await snapshot(options.folder), before, 'a dry run leaves the folder as it is');
  const done = await tryModule(module, params, options);
  t.is(done.kind, 'changed', [done.message, done.result['stderr']].filter(Boolean).join('\n'));
  t.deepEqual(foretold.summaries, done.summaries, 'the dry run foretells the changes');
  const after = await snapshot(options.folder);
  const again = await tryModule(module, params, options);
  t.is(again.kind, 'ok', `the second run finds nothing to do, but: ${again.message ?? again.summaries.join('; ')}`);
  t.deepEqual(await snapshot(options.folder), after, 'the second run leaves the folder as it is');
  t.is((await tryModule(module, params, { ...options, check: true })).kind, 'ok', 'a dry run after that foretells nothing');
  return done;
}

/** All below a folder: kind, mode, owner, time of change, content. */
export async function snapshot(folder: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const name of ['', ...(await readdir(folder, { recursive: true }))].sort()) {
    const at = path.join(folder, name);
    const stat = await lstat(at, { bigint: true });
    const content = stat.isFile() ? createHash('sha256').update(await readFile(at)).digest('hex') : stat.isSymbolicLink() ? await readlink(at) : '';
    found[name] = `${stat.mode.toString(8)} ${stat.uid}:${stat.gid} ${stat.nlink} ${stat.mtimeNs} ${content}`;
  }
  return found;
}
