/** What `kplay mirror list` does. */
import { listJson, listText } from '../mirror/list-text.ts';
import { readMirror } from '../mirror/read-mirror.ts';
import type { Context } from './context.ts';
import { exitCode } from './exit-code.ts';
import { needsOf, type NeedsFlags } from './mirror-needs.ts';

export interface MirrorListFlags extends NeedsFlags {
  readonly json?: boolean;
  readonly in?: string;
}

/** Prints what a run of playbooks needs from outside. */
export async function mirrorList(playbooks: readonly string[], flags: MirrorListFlags, context: Context): Promise<number> {
  const mirror = flags.in === undefined ? undefined : await readMirror(flags.in);
  const found = await needsOf(playbooks, flags, context, new AbortController().signal);
  if (!found) return exitCode.unreachable;
  context.out(flags.json ? JSON.stringify(listJson(found.needs, mirror), null, 2) : listText(found.needs, mirror));
  return exitCode.fine;
}
