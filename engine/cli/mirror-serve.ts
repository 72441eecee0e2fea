/** What `kplay mirror serve` does: it serves until it is told to end. */
import path from 'node:path';
import { serveMirror } from '../mirror/serve-mirror.ts';
import type { Context } from './context.ts';
import { exitCode } from './exit-code.ts';
import type { MirrorServeFlags } from './mirror-command.ts';

/** Serves a folder until Ctrl-C or SIGTERM. */
export async function mirrorServe(folder: string, { listen }: MirrorServeFlags, context: Context): Promise<number> {
  const server = await serveMirror({ folder: path.resolve(folder), ...listen, log: context.out });
  context.out(`serving ${path.resolve(folder)} at ${server.url}`);
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  await server.close();
  return exitCode.fine;
}
