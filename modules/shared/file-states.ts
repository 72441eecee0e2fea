/** The plans of the module `file` for what is no link: file, directory, touch, absent. */
import { Missing, ModuleFailure, type Change, type Plan, type Stat } from '../../engine/module/kit.ts';
import { attributeChanges, attributeResult, type Wanted } from './file-attributes.ts';
import { belowChanges } from './file-below.ts';
import type { FileAsked, FileFound } from './file-look.ts';
import { applyMode } from './file-mode.ts';

/** Gone, with all below. Throws ModuleFailure for a path that may mean more than it says. */
export function planAbsent({ path, stat }: FileFound): Plan {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.length === 0 || parts.includes('..')) throw new ModuleFailure(`will not remove "${path}"`, { hint: 'the path must name something below the root, without ".."' });
  const changes: Change[] = stat ? [{ summary: `remove ${path}${stat.kind === 'directory' ? '/ and all below' : ''}`, of: path, before: `state: ${stat.kind}\n`, after: 'state: absent\n', steps: [{ kind: 'remove', path }] }] : [];
  return { changes, result: { path, state: 'absent' } };
}

/** A file that is there, as asked. Throws Missing and ModuleFailure. */
export function planFile(asked: FileAsked, found: FileFound): Plan {
  const [path, stat] = meant(asked, found);
  if (!stat) throw new Missing({ kind: 'path', name: path }, `${path} is not on the host`, 'state touch makes an empty file, copy and template make others');
  if (stat.kind === 'directory' || stat.kind === 'link') throw new ModuleFailure(`${path} is a ${stat.kind}, not a file`);
  return { changes: [...attributeChanges(path, asked, stat, found.ids), ...timeChanges(path, stat, asked, found, 'preserve')], result: { path, state: 'file', ...attributeResult(asked, stat) } };
}

/** A folder with its parents, as asked; folders that are made all get mode and owner, as Ansible gives them. */
export function planFolder(asked: FileAsked, found: FileFound): Plan {
  const [path, stat] = meant(asked, found);
  const result = { path, state: 'directory', ...attributeResult(asked, stat ?? { ...emptyStat, kind: 'directory', mode: '0755' }) };
  if (!stat && found.stat) throw new ModuleFailure(`${path} is a link that leads nowhere`);
  if (!stat) return { changes: [...found.missing, path].map((folder) => createFolder(folder, asked)), result };
  if (stat.kind !== 'directory') throw new ModuleFailure(`${path} is there already and is a ${stat.kind}`);
  const below = found.below ? belowChanges(path, found.below, asked) : [];
  return { changes: [...attributeChanges(path, asked, stat, found.ids), ...below, ...timeChanges(path, stat, asked, found, 'preserve')], result };
}

function createFolder(path: string, { mode, owner, group }: Wanted): Change {
  const octal = mode === undefined ? undefined : applyMode(mode, { kind: 'directory', mode: '0755' });
  return { summary: `create ${path}/`, of: path, before: 'state: absent\n', after: 'state: directory\n', steps: [{ kind: 'directory', path, ...(octal !== undefined && { mode: octal }), ...(owner !== undefined && { owner }), ...(group !== undefined && { group }) }] };
}

/** An empty file where there is nothing; else attributes and times, which by default are new each time. */
export function planTouch(asked: FileAsked, found: FileFound): Plan {
  const [path, stat] = meant(asked, found);
  const result = { dest: path, state: 'file', ...attributeResult(asked, stat) };
  if (!stat) {
    if (found.missing.length > 0) throw new Missing({ kind: 'path', name: found.missing.at(-1)! }, `the folder ${found.missing.at(-1)} is not on the host`, 'make it earlier with state: directory', { changes: [createEmpty(path, asked, found)], result });
    return { changes: [createEmpty(path, asked, found)], result };
  }
  return { changes: [...attributeChanges(path, asked, stat, found.ids), ...timeChanges(path, stat, asked, found, 'now')], result };
}

function createEmpty(path: string, asked: FileAsked, found: FileFound): Change {
  const { mode, owner, group } = asked;
  const octal = mode === undefined ? undefined : applyMode(mode, { kind: 'file', mode: '0644' });
  return {
    summary: `create ${path}`, of: path, before: 'state: absent\n', after: 'state: file\n',
    steps: [
      { kind: 'write', path, content: { text: '' }, ...(octal !== undefined && { mode: octal }), ...(owner !== undefined && { owner }), ...(group !== undefined && { group }) },
      ...timeChanges(path, emptyStat, asked, found, 'preserve').flatMap((change) => change.steps),
    ],
  };
}

/** The path and stat that mode and owner are meant for. */
export function meant({ follow }: Pick<FileAsked, 'follow'>, { path, real, stat, followed }: FileFound): [path: string, stat: Stat | undefined] {
  return stat?.kind === 'link' && follow ? [real, followed] : [path, stat];
}

/** What of a path's times is to be set: `now` always, a given time where it is another. */
export function timeChanges(path: string, stat: Stat, asked: FileAsked, { times }: FileFound, usual: 'preserve' | 'now'): Change[] {
  const { access_time: access = usual, modification_time: modification = usual } = asked;
  const rows = [
    { flag: '-a', what: 'time of access', asked: access, set: access === 'now' || (times.access !== undefined && times.access !== stat.atime) },
    { flag: '-m', what: 'time of change', asked: modification, set: modification === 'now' || (times.modification !== undefined && times.modification !== stat.mtime) },
  ].filter((row) => row.asked !== 'preserve' && row.set);
  if (rows.length === 0) return [];
  const steps = rows.length === 2 && rows.every((row) => row.asked === 'now')
    ? [{ kind: 'run' as const, argv: ['touch', '-c', '--', path] }]
    : rows.map((row) => ({ kind: 'run' as const, argv: ['touch', '-c', row.flag, ...(row.asked === 'now' ? [] : ['-t', row.asked]), '--', path] }));
  return [{ summary: `set ${rows.map((row) => `${row.what} to ${row.asked}`).join(', ')} of ${path}`, of: path, steps }];
}

const emptyStat: Stat = { kind: 'file', mode: '0644', uid: -1, gid: -1, owner: '', group: '', size: 0, mtime: -1, atime: -1, ctime: -1, inode: -1, device: -1, links: 1 };
