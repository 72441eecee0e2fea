/** Check mode's foresight: what a host would look like after the changes that were planned for it so far. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path/posix';
import type { Probe, Stat } from '../session/session.ts';
import { TooLarge } from '../session/session.ts';
import type { Attributes, Content, Step } from '../session/step.ts';
import { Missing, type Change, type Thing } from './change.ts';
import { foldersAbove, plainPath } from './host-paths.ts';

/** One host's foreseen state in one dry run. */
export interface Foresight {
  /** A probe that answers as the host would after the foreseen changes. */
  over(probe: Probe): Probe;
  /** Takes up what a task would change. `opaque` tasks (commands, packages) may make anything. */
  learn(changes: readonly Change[], task: string, opaque: boolean): void;
  /** The earlier task that would make a thing: for certain, or perhaps. */
  maker(thing: Thing): { readonly task: string; readonly certain: boolean } | undefined;
}

/** `inherits` names what a file keeps of the one that was there; it is asked of the host when it is needed. */
type Foreseen = { readonly stat: Stat; readonly content?: Content | undefined; readonly inherits?: readonly Kept[] | undefined } | 'gone';
type Kept = 'mode' | 'owner' | 'group';
type Patch = Pick<Attributes, 'mode' | 'owner' | 'group'>;

/** Where a command is found when it is put there as a file. */
const programFolders = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin', '/opt/bin'];

/** An empty foresight: the host as it is. */
export function openForesight(): Foresight {
  const paths = new Map<string, Foreseen>();
  const patches = new Map<string, Patch>();
  const makers = new Map<string, string>();
  /** Parents of directories that are made: most of them are there already, so nothing else below them is expected of that task. */
  const parents = new Map<string, string>();
  const states = new Map<string, Readonly<Record<string, unknown>>>();
  const opaque: string[] = [];
  const objects: string[] = [];

  const setPath = (at: string, now: Foreseen): void => {
    const old = now !== 'gone' && now.inherits ? patches.get(at) : undefined;
    patches.delete(at);
    if (old && now !== 'gone') patches.set(at, definedOnly(Object.fromEntries(now.inherits!.map((kept) => [kept, old[kept]]))));
    paths.set(at, now);
  };
  const before = (at: string): Foreseen | undefined => {
    const known = paths.get(at);
    return known === undefined || known === 'gone' ? known : { ...known, stat: patched(known.stat, patches.get(at)) };
  };
  const learnStep = (step: Step, task: string): void => {
    if (step.kind === 'run') {
      for (const made of [...(step.makes ?? []), ...(step.leaves ?? []).map((left) => left.path)]) makers.set(`path:${path.normalize(made)}`, task);
      for (const { path: left, ...known } of step.leaves ?? []) setPath(path.normalize(left), { stat: madeStat('file', definedOnly(known)) });
    }
    if (step.kind === 'run' || step.kind === 'compute' || step.kind === 'fetch') return;
    const at = path.normalize(step.path);
    if (step.kind === 'remove') {
      patches.delete(at);
      return forget(paths, at);
    }
    if (step.kind === 'attributes') {
      patches.set(at, { ...patches.get(at), ...definedOnly({ mode: step.mode, owner: step.owner, group: step.group }) });
      return;
    }
    makers.set(`path:${at}`, task);
    if (step.kind === 'directory') for (const parent of foldersAbove(at)) if (!paths.has(parent)) parents.set(parent, task);
    setPath(at, foreseen(step, before(at)));
    if (step.kind === 'directory') foreseeParents(paths, at);
    const unit = /^\/(?:etc|usr\/lib|lib)\/systemd\/system\/([^/]+\.[a-z]+)$/.exec(at);
    if (unit) makers.set(`unit:${unit[1]}`, task);
  };

  return {
    over: (probe) => ({ ...probe, host: probe.host, ask: (argv, options) => probe.ask(argv, options), stat: (at, options) => statOver(probe, paths, patches, at, options), read: (at, options) => readOver(probe, paths, at, options), foreseen: (kind, name) => states.get(`${kind}:${name}`) }),
    learn(changes, task, isOpaque) {
      for (const change of changes) {
        for (const thing of change.makes ?? []) makers.set(`${thing.kind}:${thing.name}`, task);
        for (const { kind, name, state } of change.leaves ?? []) states.set(`${kind}:${name}`, { ...states.get(`${kind}:${name}`), ...state });
        for (const step of change.steps) learnStep(step, task);
        if (change.makes?.some((thing) => thing.kind === 'object')) objects.push(task);
        if (isOpaque || change.makes?.some((thing) => thing.kind === 'package')) opaque.push(task);
      }
    },
    maker(thing) {
      const name = thing.kind === 'path' ? path.normalize(thing.name) : thing.name;
      const certain = makers.get(`${thing.kind}:${name}`) ?? (thing.kind === 'unit' ? makers.get(`unit:${name}.service`) : thing.kind === 'command' ? (makers.get(`package:${name}`) ?? programFolders.map((folder) => makers.get(`path:${folder}/${name}`)).find(Boolean)) : undefined)
        ?? (thing.kind === 'path' ? parents.get(name) ?? foldersAbove(name).map((parent) => makers.get(`path:${parent}`)).findLast(Boolean) : undefined);
      if (certain) return { task: certain, certain: true };
      // What is put into a cluster may put more there: an operator its kinds.
      const perhaps = opaque.at(-1) ?? (thing.kind === 'object' ? objects.at(-1) : undefined);
      return perhaps === undefined ? undefined : { task: perhaps, certain: false };
    },
  };
}

async function statOver(probe: Probe, paths: Map<string, Foreseen>, patches: Map<string, Patch>, at: string, options: Parameters<Probe['stat']>[1]): Promise<Stat | undefined> {
  const name = plainPath(at);
  const known = paths.get(name);
  if (known === 'gone') return undefined;
  if (known) {
    if (known.stat.kind === 'link' && options?.follow && known.stat.target) return statOver(probe, paths, patches, path.resolve(path.dirname(name), known.stat.target), options);
    const stat = patched(known.inherits ? withKept(known.stat, known.inherits, await probe.stat(at, { follow: true })) : known.stat, patches.get(name));
    if (options?.sha256 && stat.kind === 'file' && !known.content && stat.sha256 === undefined) throw contentUnknown(at);
    return options?.sha256 && known.content ? { ...stat, sha256: createHash('sha256').update(bytesOf(known.content)).digest('hex') } : stat;
  }
  if (isGone(paths, name)) return undefined;
  const real = await probe.stat(at, options);
  return real && patched(real, patches.get(name));
}

async function readOver(probe: Probe, paths: Map<string, Foreseen>, at: string, options: Parameters<Probe['read']>[1]): Promise<Buffer | undefined> {
  const name = path.normalize(at);
  const known = paths.get(name);
  if (known === 'gone') return undefined;
  if (known && !known.content && known.stat.kind === 'file') throw contentUnknown(at);
  if (known && !known.content && known.stat.kind !== 'link') return undefined;
  if (known?.stat.kind === 'link') return readOver(probe, paths, path.resolve(path.dirname(name), known.stat.target ?? ''), options);
  if (known?.content) {
    const bytes = bytesOf(known.content);
    if (bytes.length > (options?.cap ?? 8 * 1024 * 1024)) throw new TooLarge(`${at} would be ${bytes.length} bytes`);
    return bytes;
  }
  return isGone(paths, name) ? undefined : probe.read(at, options);
}

/** A file that a command will leave, whose content nobody knows yet: what depends on it depends on the task that makes it. */
function contentUnknown(at: string): Missing {
  return new Missing({ kind: 'path', name: at }, `what will be in ${at} is known only at run`);
}

/** `before` is what is foreseen at that path so far: nothing where the host itself must be asked. */
function foreseen(step: Exclude<Step, { kind: 'run' | 'compute' | 'fetch' | 'remove' | 'attributes' }>, before: Foreseen | undefined): Foreseen {
  if (step.kind === 'link' && step.hard) return { stat: madeStat('file', { links: 2 }) };
  if (step.kind === 'link') return { stat: madeStat('link', { target: step.target, mode: '0777' }) };
  const owners = definedOnly({ owner: step.owner, group: step.group ?? step.owner });
  if (step.kind === 'directory') return { stat: madeStat('directory', { mode: step.mode ?? '0755', ...owners }) };
  const known = before === undefined || before === 'gone' || before.stat.kind !== 'file' || step.replaceLink ? undefined : before;
  const there = known?.stat;
  const stat = madeStat('file', { mode: step.mode ?? there?.mode ?? (step.secret ? '0600' : '0644'), size: bytesOf(step.content).length, ...definedOnly({ owner: step.owner ?? there?.owner, group: step.group ?? there?.group ?? step.owner }) });
  const open = before === undefined && !step.replaceLink ? (['mode', 'owner', 'group'] as const) : (known?.inherits ?? []);
  const inherits = open.filter((kept) => step[kept] === undefined);
  return { stat, content: step.content, ...(inherits.length > 0 && { inherits }) };
}

/** What a file that is written anew keeps of the one that was there. */
function withKept(stat: Stat, inherits: readonly Kept[], there: Stat | undefined): Stat {
  if (!there) return stat;
  return {
    ...stat,
    ...(inherits.includes('mode') && { mode: there.mode }),
    ...(inherits.includes('owner') && { owner: there.owner, uid: there.uid }),
    ...(inherits.includes('group') && { group: there.group, gid: there.gid }),
  };
}

/** A directory step makes its missing parents too; those that exist are asked of the host first, so only unknown ones count. */
function foreseeParents(paths: Map<string, Foreseen>, at: string): void {
  for (const parent of foldersAbove(at)) if (paths.get(parent) === 'gone') paths.set(parent, { stat: madeStat('directory', { mode: '0755' }) });
}

function forget(paths: Map<string, Foreseen>, at: string): void {
  for (const name of paths.keys()) if (name.startsWith(`${at}/`)) paths.delete(name);
  paths.set(at, 'gone');
}

function isGone(paths: Map<string, Foreseen>, name: string): boolean {
  return foldersAbove(name).some((parent) => paths.get(parent) === 'gone');
}

function bytesOf(content: Content): Buffer {
  if ('text' in content) return Buffer.from(content.text);
  return 'bytes' in content ? content.bytes : readFileSync(content.localPath);
}

function patched(stat: Stat, patch: Patch | undefined): Stat {
  if (!patch) return stat;
  const mode = patch.mode !== undefined && /^[0-7]+$/.test(patch.mode) ? patch.mode.padStart(4, '0') : stat.mode;
  return { ...stat, ...owner(patch.owner), ...group(patch.group), mode };
}

function madeStat(kind: Stat['kind'], known: Partial<Stat>): Stat {
  const base: Stat = { kind, mode: '0644', uid: 0, gid: 0, owner: 'root', group: 'root', size: 0, mtime: 0, atime: 0, ctime: 0, inode: 0, device: 0, links: 1 };
  return { ...base, ...known, ...owner(known.owner), ...group(known.group) };
}

/** The number of an owner that does not exist yet cannot be known; -1 stands for it. */
function owner(name: string | undefined): Partial<Stat> {
  return name === undefined ? {} : /^\d+$/.test(name) ? { owner: name, uid: Number(name) } : { owner: name, uid: name === 'root' ? 0 : -1 };
}

function group(name: string | undefined): Partial<Stat> {
  return name === undefined ? {} : /^\d+$/.test(name) ? { group: name, gid: Number(name) } : { group: name, gid: name === 'root' ? 0 : -1 };
}

function definedOnly<T extends object>(value: T): Partial<T> {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as Partial<T>;
}
