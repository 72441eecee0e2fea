/** The plans of the module `file` for symbolic and hard links. */
import posix from 'node:path/posix';
import { Missing, ModuleFailure, type Plan, type Stat, type Step } from '../../engine/module/kit.ts';
import { attributeChanges } from './file-attributes.ts';
import type { FileAsked, FileFound } from './file-look.ts';
import { meant, timeChanges } from './file-states.ts';

/** A link that says `src`; mode and owner are set of what it points to unless `follow` is off. Throws Missing and ModuleFailure. */
export function planLink(asked: FileAsked, found: FileFound): Plan {
  const { path, stat } = found;
  const src = asked.src ?? stat?.target;
  if (src === undefined) throw new ModuleFailure('state link needs src where there is no link yet');
  if (stat && stat.kind !== 'link') refuseReplacing(asked, found, stat);
  const right = stat?.kind === 'link' && stat.target === src;
  const steps: Step[] = [...(stat?.kind === 'directory' ? [{ kind: 'run' as const, argv: ['rmdir', '--', path] }] : []), { kind: 'link', path, target: src }];
  const linking = right ? [] : [{ summary: `${stat ? (stat.kind === 'link' ? 'turn the link' : `replace the ${stat.kind}`) : 'link'} ${path} to ${src}`, of: path, ...linkTexts(stat, src), steps }];
  const { changes, warnings } = attributesOfLink(asked, found, src);
  const plan = { changes: [...linking, ...changes], result: { dest: path, src, state: 'link' }, ...(warnings && { warnings }) };
  const absolute = posix.resolve(posix.dirname(path), src);
  if (!asked.force && asked.src !== undefined && !found.target) throw new Missing({ kind: 'path', name: absolute }, `${absolute}, which the link is to point to, is not on the host`, 'force: yes makes the link all the same', plan);
  return needFolder(found, plan);
}

function refuseReplacing(asked: FileAsked, { path, inside }: FileFound, stat: Stat): void {
  if (!asked.force) throw new ModuleFailure(`${path} is a ${stat.kind} and will not be replaced by a link`, { hint: 'force: yes replaces a file or an empty folder' });
  if (inside) throw new ModuleFailure(`the folder ${path} is not empty and will not be replaced by a link`);
}

function linkTexts(stat: Stat | undefined, src: string): { before: string; after: string } {
  return { before: stat?.target === undefined ? `state: ${stat?.kind ?? 'absent'}\n` : `src: ${stat.target}\n`, after: `${stat?.target === undefined ? 'state: link\n' : ''}src: ${src}\n` };
}

function attributesOfLink(asked: FileAsked, found: FileFound, src: string): Pick<Plan, 'changes' | 'warnings'> {
  const { path, stat, target, followed, ids } = found;
  if (asked.mode === undefined && asked.owner === undefined && asked.group === undefined && asked.access_time === undefined && asked.modification_time === undefined) return { changes: [] };
  if (!asked.follow) return { changes: stat?.kind === 'link' ? attributeChanges(path, asked, stat, ids, { noFollow: true }) : ownLink(asked, path) };
  const end = asked.src === undefined ? followed : target;
  const at = asked.src === undefined ? found.real : posix.resolve(posix.dirname(path), src);
  if (!end) return { changes: [], warnings: [`${at} is not there, so its mode and owner cannot be set; follow: no means the link itself`] };
  return { changes: [...attributeChanges(at, asked, end, ids), ...timeChanges(at, end, asked, found, 'preserve')] };
}

/** Owner of a link that does not exist yet. */
function ownLink({ owner, group }: FileAsked, path: string): Plan['changes'] {
  if (owner === undefined && group === undefined) return [];
  return [{ summary: `set owner ${owner ?? ''}${group === undefined ? '' : `:${group}`} of the link ${path}`, of: path, steps: [{ kind: 'attributes', path, noFollow: true, ...(owner !== undefined && { owner }), ...(group !== undefined && { group }) }] }];
}

/** A second name of the file `src`. Throws Missing and ModuleFailure. */
export function planHardLink(asked: FileAsked, found: FileFound): Plan {
  const { path, stat, target } = found;
  const src = asked.src;
  if (src === undefined) {
    if (!stat || stat.kind === 'directory' || stat.links < 2) throw new ModuleFailure('state hard needs src where there is no hard link yet');
    const [at, end] = meant(asked, found);
    return { changes: end ? attributeChanges(at, asked, end, found.ids) : [], result: { dest: path, state: 'hard' } };
  }
  const same = stat && target && stat.inode === target.inode && stat.device === target.device && stat.kind !== 'link';
  if (stat?.kind === 'directory' && !same) throw new ModuleFailure(`${path} is a folder and will not be replaced by a hard link`);
  if (stat && !same && !asked.force) throw new ModuleFailure(`${path} is there already and is not the file ${src}`, { hint: 'force: yes replaces it' });
  const linking = same ? [] : [{ summary: `link ${path} to the file ${src}`, of: path, steps: [{ kind: 'link' as const, path, target: src, hard: true }] }];
  const plan = { changes: [...linking, ...(target ? attributeChanges(path, asked, target, found.ids) : [])], result: { dest: path, src, state: 'hard' } };
  if (!target) throw new Missing({ kind: 'path', name: src }, `${src}, the file to be linked, is not on the host`, undefined, plan);
  return needFolder(found, plan);
}

function needFolder({ missing, path }: FileFound, plan: Plan): Plan {
  if (missing.length === 0) return plan;
  throw new Missing({ kind: 'path', name: posix.dirname(path) }, `the folder ${posix.dirname(path)} is not on the host`, 'make it earlier with state: directory', plan);
}
