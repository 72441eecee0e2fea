/** A host as it will be once changes that are planned have been made, as far as that is certain: whoever asks for more is refused. */
import { createHash } from 'node:crypto';
import path from 'node:path/posix';
import { TooLarge, type Probe, type Stat } from '../session/session.ts';
import type { Attributes, Content, Directory, Link, Remove, Step, Write } from '../session/step.ts';
import type { Plan } from './change.ts';
import { foldersAbove, plainPath } from './host-paths.ts';

/** What is asked will be certain only once the changes before have been made. */
export class Unforeseen extends Error {
  override readonly name = 'Unforeseen';
}

/** As whom the changes are made. */
export interface Actor {
  readonly user: string;
  readonly uid: number;
  readonly group: string;
  readonly gid: number;
}

export interface Outlook {
  /** A probe that answers as the host will after what was learned. Throws {@link Unforeseen} where that is not certain. */
  over(probe: Probe): Probe;
  /** Takes up a plan; false where it is not one of files alone. Throws {@link Unforeseen} where it leads through a link that is yet to be made. */
  learn(plan: Plan): boolean;
  /** Every path that was asked for itself, or will change: true; those that were asked for what they lead to, and the folders above, but the root: false. */
  paths(): ReadonlyMap<string, boolean>;
  /** True where something will be gone, with all below it. */
  takesAway(): boolean;
}

type Maker = Write | Directory | Attributes | Link;

/** What stands at a path: made by a step from what was there; `gone`; undefined is what the host has. */
type Seen = { readonly step: Maker; readonly before: Seen } | 'gone' | undefined;

/** What of a stat is certain. */
type Certain = Partial<Stat>;

/** The host as it is. */
export function openOutlook(actor: () => Promise<Actor>): Outlook {
  const known = new Map<string, Exclude<Seen, undefined>>();
  const paths = new Map<string, boolean>();
  let takesAway = false;

  const note = (at: string, isMeant: boolean): string => {
    const name = plainPath(at);
    for (const each of foldersAbove(name)) if (!paths.has(each)) paths.set(each, false);
    paths.set(name, isMeant || paths.get(name) === true);
    return name;
  };
  const seen = (name: string): Seen => {
    const own = known.get(name);
    if (own !== undefined || name === path.dirname(name)) return own;
    const above = seen(path.dirname(name));
    if (above && above !== 'gone' && above.step.kind === 'link') throw new Unforeseen(`where ${name} will lead`);
    return above === 'gone' || (above && above.before === 'gone' && above.step.kind === 'directory') ? 'gone' : undefined;
  };
  const take = (step: Maker | Remove): void => {
    const name = note(step.path, true);
    const before = seen(name);
    if (step.kind !== 'remove') return void known.set(name, { step, before: step.kind === 'link' ? 'gone' : throughNoLink(before, step) });
    takesAway = true;
    for (const each of known.keys()) if (each.startsWith(`${name}/`)) known.delete(each);
    known.set(name, 'gone');
  };

  /** What is certain of a path; undefined where nothing will be there. */
  const certain = async (probe: Probe, name: string, at: Seen, sha256: boolean): Promise<Certain | undefined> => {
    if (at === 'gone') return undefined;
    if (at === undefined) return probe.stat(name, { follow: true, sha256 });
    const { step, before } = at;
    if (step.kind === 'link') return { kind: 'link', target: step.target };
    const old = await certain(probe, name, before, sha256 && step.kind === 'attributes');
    if (step.kind === 'attributes' || (step.kind === 'directory' && old)) return old && attributed(old, step);
    const kept = step.kind === 'write' && !step.replaceLink ? old : undefined;
    const [as, folder] = await Promise.all([actor(), kept ? undefined : certain(probe, path.dirname(name), seen(path.dirname(name)), false)]);
    return made(step, kept ?? newThing(step.kind, as, folder), kept ? as : undefined);
  };
  /** What the host has; where it has nothing a step may yet make it as a folder above. */
  const fromHost = async <T>(name: string, ask: () => Promise<T | undefined>): Promise<T | undefined> => {
    const there = await ask();
    if (there === undefined && [...known].some(([each, now]) => now !== 'gone' && each.startsWith(`${name}/`))) throw new Unforeseen(`whether ${name} will be there`);
    return there;
  };
  const read = async (probe: Probe, name: string, at: Seen, options: Parameters<Probe['read']>[1]): Promise<Buffer | undefined> => {
    if (at === 'gone') return undefined;
    if (at === undefined) return probe.read(name, options);
    if (at.step.kind === 'attributes') return read(probe, name, at.before, options);
    if (at.step.kind !== 'write') throw new Unforeseen(`what is in ${name}`);
    const bytes = bytesOf(at.step.content);
    if (bytes.length > (options?.cap ?? 8 * 1024 * 1024)) throw new TooLarge(`${name} would be ${bytes.length} bytes`);
    return bytes;
  };
  return {
    paths: () => paths,
    takesAway: () => takesAway,
    over: (probe) => ({
      host: probe.host,
      ask: async (argv, options) => {
        const reads = options?.reads;
        if (known.size > 0 && !(reads && [...known.keys()].every((name) => reads.every((each) => !areOnOneLine(name, each))))) throw new Unforeseen(`what ${argv[0]} will say`);
        return probe.ask(argv, options);
      },
      async stat(at, options = {}) {
        const name = note(at, !options.follow);
        const now = seen(name);
        if (options.follow) throughNoLink(now);
        if (now === undefined) return fromHost(name, () => probe.stat(at, options));
        const left = await certain(probe, name, now, options.sha256 === true);
        return left && asStat(left);
      },
      async read(at, options) {
        const name = note(at, false);
        const now = throughNoLink(seen(name));
        return now === undefined ? fromHost(name, () => probe.read(at, options)) : read(probe, name, now, options);
      },
    }),
    learn({ changes, waits = [], again, until, cut }) {
      const steps = changes.flatMap((change) => change.steps);
      if (waits.length > 0 || again !== undefined || until || cut || changes.some(({ makes, leaves }) => makes || leaves) || !steps.every(isOfFiles)) return false;
      for (const step of steps) take(step);
      return true;
    },
  };
}

function isOfFiles(step: Step): step is Maker | Remove {
  if (step.kind === 'write') return !('localPath' in step.content);
  return step.kind === 'directory' || step.kind === 'remove' || (step.kind === 'link' && !step.hard) || (step.kind === 'attributes' && !step.recurse && !step.noFollow);
}

/** What is there, unless it is a link that is yet to be made and that would be followed. */
function throughNoLink(at: Seen, step?: Maker): Seen {
  if (at && at !== 'gone' && at.step.kind === 'link' && !(step?.kind === 'write' && step.replaceLink)) throw new Unforeseen(`where ${at.step.path} will lead`);
  return at;
}

/** A file or folder that is new: it belongs to whom it is made by, and to the group of a folder that says so. */
function newThing(kind: 'write' | 'directory', { user, uid, group, gid }: Actor, folder: Certain | undefined): Certain {
  const inherits = folder?.mode === undefined ? undefined : (bits(folder.mode) & 0o2000) !== 0;
  const own = inherits === undefined ? {} : inherits ? { group: folder!.group, gid: folder!.gid } : { group, gid };
  return kind === 'write' ? { kind: 'file', owner: user, uid, ...own } : { kind: 'directory', owner: user, uid, ...own, mode: inherits === false ? '0' : undefined };
}

/** What a step leaves of a thing; `as` is who writes a file anew that was there, and may not be let to keep its owner. */
function made(step: Write | Directory, old: Certain, as: Actor | undefined): Certain {
  const owner = step.owner !== undefined ? named('owner', step.owner) : !as || as.uid === 0 || old.uid === as.uid ? { owner: old.owner, uid: old.uid } : {};
  const group = step.group !== undefined ? named('group', step.group) : !as || as.uid === 0 || old.gid === as.gid ? { group: old.group, gid: old.gid } : {};
  // A folder in one that hands down its group has a bit more than it was given.
  if (step.kind === 'directory') return { kind: 'directory', ...owner, ...group, mode: old.mode === undefined ? undefined : octal(step.mode) };
  const bytes = bytesOf(step.content);
  const mode = step.mode !== undefined ? octal(step.mode) : as ? old.mode : step.secret ? '0600' : '0644';
  return { kind: 'file', ...owner, ...group, mode, size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** chown may take special bits away, and chmod with digits leaves those of a folder. */
function attributed(old: Certain, { mode, owner, group }: Pick<Attributes, 'mode' | 'owner' | 'group'>): Certain {
  const special = old.mode === undefined || (bits(old.mode) & 0o7000) !== 0;
  const open = special && (mode === undefined ? owner !== undefined || group !== undefined : old.kind === 'directory' && mode.length < 5);
  return {
    ...old, ctime: undefined, mode: open ? undefined : mode === undefined ? old.mode : octal(mode),
    ...(owner !== undefined && named('owner', owner)), ...(group !== undefined && named('group', group)),
  };
}

/** Name and number of an owner, as far as one tells the other. */
function named(what: 'owner' | 'group', name: string): Certain {
  const number = what === 'owner' ? 'uid' : 'gid';
  if (name === 'root' || name === '0') return { [what]: 'root', [number]: 0 };
  return /^\d+$/.test(name) ? { [what]: undefined, [number]: Number(name) } : { [what]: name, [number]: undefined };
}

function octal(mode: string | undefined): string | undefined {
  return mode !== undefined && /^[0-7]+$/.test(mode) ? mode.slice(-4).padStart(4, '0') : undefined;
}

function bits(mode: string): number {
  return parseInt(mode, 8);
}

const fields = ['kind', 'mode', 'uid', 'gid', 'owner', 'group', 'size', 'mtime', 'atime', 'ctime', 'inode', 'device', 'links', 'target', 'sha256'] as const satisfies readonly (keyof Stat)[];

/** The stat as far as it is certain: looking at the rest throws. */
function asStat(certain: Certain): Stat {
  const stat = {};
  for (const field of fields) {
    if (certain[field] !== undefined) Object.defineProperty(stat, field, { value: certain[field], enumerable: true });
    else if (field !== 'sha256' && field !== 'target') Object.defineProperty(stat, field, { enumerable: true, get: () => { throw new Unforeseen(`${field} of what will be there`); } });
  }
  return stat as Stat;
}

function bytesOf(content: Content): Buffer {
  if ('text' in content) return Buffer.from(content.text);
  if ('bytes' in content) return content.bytes;
  throw new Unforeseen(`what ${content.localPath} will hold`);
}

/** True where one path is the other or lies below it. */
function areOnOneLine(one: string, other: string): boolean {
  return one === other || one.startsWith(`${other}/`) || other.startsWith(`${one}/`);
}
