/** What the module `file` asks of a host: all at once. */
import posix from 'node:path/posix';
import { foldersAbove, ModuleFailure, type Probe, type Stat } from '../../engine/module/kit.ts';
import { askIds, type Ids, type Wanted } from './file-attributes.ts';
import { lookBelow, type Below } from './file-below.ts';
import { expandPaths, realPath } from './host-path.ts';

/** What of the params decides what is looked at. */
export interface FileAsked extends Wanted {
  readonly path: string;
  readonly state?: 'file' | 'directory' | 'link' | 'hard' | 'touch' | 'absent' | undefined;
  readonly src?: string | undefined;
  readonly recurse: boolean;
  readonly follow: boolean;
  readonly force: boolean;
  readonly access_time?: string | undefined;
  readonly modification_time?: string | undefined;
}

/** A path, what stands there, and what else the state asked for depends on. */
export interface FileFound {
  /** Expanded; inside the folder for a hard link into one. */
  readonly path: string;
  /** What is asked, or what is there where nothing is asked. */
  readonly state: NonNullable<FileAsked['state']>;
  /** The path itself. */
  readonly stat?: Stat | undefined;
  /** What it points to where it is a link; the same as `stat` otherwise. */
  readonly followed?: Stat | undefined;
  /** Where links lead. */
  readonly real: string;
  /** Folders above that are not there, top first. */
  readonly missing: readonly string[];
  /** What `src` leads to, seen from the link. */
  readonly target?: Stat | undefined;
  /** Entries of the folder that a link is to replace. */
  readonly inside: boolean;
  readonly below?: Below | undefined;
  /** Seconds since 1970 of the times asked for; missing for now and preserve. */
  readonly times: { readonly access?: number | undefined; readonly modification?: number | undefined };
  readonly ids: Ids;
}

/** Looks: one round trip, one more where the path is a link that is followed. Throws ModuleFailure for a time that cannot be read. */
export async function lookAtFile(asked: FileAsked, probe: Probe): Promise<FileFound> {
  const [plain, src] = await expandPaths([asked.path, asked.src ?? ''], probe) as [string, string];
  const outer = plain.replace(/(.)\/+$/, '$1');
  const inner = asked.state === 'hard' && src !== '' ? posix.join(outer, posix.basename(src)) : undefined;
  const above = foldersAbove(outer);
  const [stat, followed, inside, parents, target, times, below, ids] = await Promise.all([
    probe.stat(outer), probe.stat(outer, { follow: true }),
    inner === undefined ? undefined : Promise.all([probe.stat(inner), probe.stat(inner, { follow: true })]),
    Promise.all(above.map((folder) => probe.stat(folder, { follow: true }))),
    src === '' ? undefined : targetStat(asked, outer, src, probe),
    Promise.all([askTime(asked.access_time, probe), askTime(asked.modification_time, probe)]),
    asked.recurse ? lookBelow(outer, asked, probe) : undefined, askIds(asked, probe),
  ]);
  const into = inner !== undefined && followed?.kind === 'directory';
  const [path, here, there] = into ? [inner, inside![0], inside![1]] : [outer, stat, followed];
  const isLink = here?.kind === 'link';
  return {
    path, stat: here, followed: there, ids, below, target,
    state: asked.state ?? stateOf(here, asked.recurse),
    real: isLink && asked.follow && !isSelfMeant(asked) ? await realPath(path, probe) : path,
    missing: into ? [] : above.filter((_, index) => !parents[index]),
    inside: asked.state === 'link' && here?.kind === 'directory' && (await hasEntries(path, probe)),
    times: { access: times[0], modification: times[1] },
  };
}

/** A link that is asked for or to be gone is meant itself; where it leads does not matter. */
function isSelfMeant({ state, src }: FileAsked): boolean {
  return state === 'absent' || (state === 'link' && src !== undefined);
}

/** A link's target is written as seen from the link's folder, a hard link's is a path of the host. */
function targetStat(asked: FileAsked, path: string, src: string, probe: Probe): Promise<Stat | undefined> {
  return probe.stat(asked.state === 'hard' ? src : posix.resolve(posix.dirname(path), src), { follow: true });
}

function stateOf(stat: Stat | undefined, recurse: boolean): FileFound['state'] {
  if (!stat) return recurse ? 'directory' : 'file';
  if (stat.kind === 'link' || stat.kind === 'directory') return stat.kind;
  return stat.links > 1 ? 'hard' : 'file';
}

async function hasEntries(path: string, probe: Probe): Promise<boolean> {
  return (await probe.ask(['ls', '-A', path])).stdout.length > 0;
}

/** The host's own clock reads the time: its zone counts. */
async function askTime(time: string | undefined, probe: Probe): Promise<number | undefined> {
  if (time === undefined || time === 'preserve' || time === 'now') return undefined;
  const [, year, month, day, hour, minute, second = '00'] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d\d))?$/.exec(time) ?? [];
  if (year === undefined) throw new ModuleFailure(`"${time}" is not a time`, { hint: 'preserve, now, or YYYYMMDDhhmm.SS' });
  const { code, stdout } = await probe.ask(['date', '-d', `${year}-${month}-${day} ${hour}:${minute}:${second}`, '+%s']);
  if (code !== 0) throw new ModuleFailure(`the host cannot read the time ${time}`);
  return Number(stdout.toString());
}
