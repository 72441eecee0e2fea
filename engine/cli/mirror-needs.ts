/** From playbooks on the command line to what they need: shared by `kplay mirror list` and `fetch`. */
import { prepare } from '../kplay.ts';
import { needsOfRun, withStandIn, type NeedsOfRun } from '../mirror/needs-of-run.ts';
import { placeText } from '../source/source.ts';
import type { Context } from './context.ts';
import type { HostFlags } from './run-options.ts';
import { playingOf } from './playing.ts';

/** What both commands take. */
export interface NeedsFlags extends HostFlags {
  readonly platform?: string[];
}

/** What was worked out; undefined where hosts did not answer, which has been told. Throws TextError. */
export async function needsOf(playbooks: readonly string[], flags: NeedsFlags, context: Context, signal: AbortSignal): Promise<NeedsOfRun | undefined> {
  const warned = new Set<string>();
  const report: Parameters<typeof playingOf>[0]['report'] = (event) => {
    if (event.event !== 'warning' || warned.has(event.message)) return;
    warned.add(event.message);
    context.error(`warning: ${event.message}`);
  };
  const playing = await playingOf({ playbooks, flags, context, report, signal });
  const { run, playbooks: read } = await prepare({ ...playing, extraVars: withStandIn(playing.extraVars) });
  const found = await needsOfRun(run, read, flags.platform ?? []);
  if ('silent' in found) {
    for (const [host, why] of found.silent) context.error(`${host}: ${why}`);
    context.error(`kplay: what ${found.silent.size === 1 ? 'a host needs' : `${found.silent.size} hosts need`} hangs on facts that could not be had\n  = for hosts that are not there yet, say what they will be: --platform debian-12-amd64 (or HOSTS=PLATFORM)`);
    return undefined;
  }
  for (const { message, span } of found.open) context.error(`warning: ${span ? `${placeText(span)}: ` : ''}${message}`);
  const strays = found.needs.files.filter((file) => file.strays);
  if (strays.length > 0) context.error(`warning: a run asks for these at their own addresses, even where mirror_url is set: ${strays.map(({ url }) => url).join(', ')}`);
  return found;
}
