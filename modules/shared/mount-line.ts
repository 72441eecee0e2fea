/** The line of a mount in fstab: what it is, what it shall be, and the change between them. */
import type { Change, Step } from '../../engine/module/kit.ts';
import { planEdit } from './edit-file.ts';
import { entryBytes, plainPath, readFstab, withEntry, withoutEntries, type FstabEntry, type Meant } from './fstab.ts';
import type { MountFound } from './mount-look.ts';
import { optsOf, type MountParams } from './mount-params.ts';
import { scriptStep } from './script.ts';

/** Nothing, or the line set or taken out, and systemd told to read fstab anew. */
export function lineChange(params: MountParams, { fstab, systemd, real }: MountFound): Change[] {
  const { path, backup, state, opts_no_log } = params;
  const before = fstab.content ?? '';
  const isMeant = meantBy(params);
  const goes = state.startsWith('absent');
  const content = goes ? withoutEntries(before, isMeant, 'remove').content : withEntry(before, wantedLine(params), isMeant);
  if (content === before) return [];
  const name = /^\//.test(path) ? path : (params.src ?? path);
  const plan = planEdit(fstab, { content, summary: goes ? `take ${name} out of` : `set ${name} in`, msg: '' }, { create: true, backup });
  const reload: Step[] = systemd && fstab.real === '/etc/fstab' ? [scriptStep(reloadScript, [state === 'mounted' && lineOf(params, before) ? real : ''])] : [];
  return plan.changes.map(({ before: was, after, ...change }) => ({ ...change, ...(!opts_no_log && { before: was, after }), steps: [...change.steps, ...reload] }));
}

/** A unit of an older line, whose device is gone, would have unmounted at once what took its place: that is mounted again. */
const reloadScript = `
systemctl daemon-reload || exit
[ -z "$1" ] || mountpoint -q -- "$1" 2>/dev/null || [ -f "$1" ] || mount -- "$1"`;

function meantBy({ path, src = '' }: MountParams): Meant {
  const wanted = entryBytes({ src, path: plainPath(path), fstype: '', opts: '', dump: '', passno: '' });
  if (!path.startsWith('/')) return (entry) => entry.fstype === 'swap' && entry.src === wanted.src;
  return (entry) => plainPath(entry.path) === wanted.path;
}

/** What fstab says of this mount now. */
export function lineOf(params: MountParams, content: string | undefined): FstabEntry | undefined {
  return readFstab(content ?? '').find(meantBy(params));
}

/** What it is to say. */
export function wantedLine(params: MountParams): FstabEntry {
  const { src = '', path, fstype = 'auto', dump, passno } = params;
  return entryBytes({ src, path: plainPath(path), fstype, opts: optsOf(params), dump, passno });
}
