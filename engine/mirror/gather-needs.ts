/** The needs of all roles that a run plays, each thing once, with who needs it. */
import type { RolePlayed } from '../run/roles-played.ts';
import { TextError, type Problem } from '../source/problem.ts';
import { TemplateError } from '../template/fault.ts';
import { asksOf, type Asked } from './asked.ts';
import { evaluateEntry } from './evaluate-entry.ts';
import type { FileNeed, ImageNeed, Needs, PackageNeed, Reason } from './needs.ts';
import { kinds, readNeeds, type Kind, type NeedEntry, type RoleNeeds } from './read-needs.ts';

interface Noted {
  readonly asked: Asked;
  readonly why: Map<string, Set<string>>;
}

/** Works them out. Throws TextError with all that is wrong with what roles say. */
export function gatherNeeds(played: readonly RolePlayed[]): Needs {
  const problems: Problem[] = [];
  const found: Readonly<Record<Kind, Map<string, Noted>>> = { files: new Map(), images: new Map(), packages: new Map() };
  const read = new Map<string, RoleNeeds | undefined>();
  for (const each of played) {
    const { folder } = each.role;
    if (!read.has(folder)) read.set(folder, attempt(problems, () => readNeeds(each.role)));
    const needs = read.get(folder);
    for (const kind of kinds) for (const entry of needs?.[kind] ?? []) attempt(problems, () => note(found[kind], kind, entry, each), each);
  }
  if (problems.length > 0) throw new TextError(problems);
  const all = <T>(kind: Kind, key: (need: T) => string): T[] => [...found[kind].values()].map(({ asked, why }) => ({ ...asked, why: reasons(why) }) as T).sort((a, b) => (key(a) < key(b) ? -1 : 1));
  return {
    files: all('files', ({ url }: FileNeed) => url),
    images: all('images', ({ name }: ImageNeed) => name),
    packages: all('packages', ({ platform, names }: PackageNeed) => `${platform.name} ${names.join(' ')}`),
  };
}

function attempt<T>(problems: Problem[], act: () => T, played?: RolePlayed): T | undefined {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof TextError || error instanceof TemplateError)) throw error;
    for (const { message, span, hint } of error instanceof TextError ? error.problems : [error]) {
      if (!problems.some((known) => known.span?.start === span?.start && known.span?.source.name === span?.source.name)) problems.push({ message: played ? `${message} (on ${played.host})` : message, span, hint });
    }
    return undefined;
  }
}

function note(found: Map<string, Noted>, kind: Kind, entry: NeedEntry, played: RolePlayed): void {
  for (const given of evaluateEntry(entry, played)) {
    for (const asked of asksOf[kind](given, entry, played)) {
      const key = 'url' in asked ? asked.url : 'name' in asked ? asked.name : JSON.stringify({ ...asked, platform: asked.platform.name });
      const known = found.get(key);
      const noted = known ? { ...known, asked: together(known.asked, asked, entry) } : { asked, why: new Map() };
      noted.why.set(played.role.name, (noted.why.get(played.role.name) ?? new Set()).add(played.host));
      found.set(key, noted);
    }
  }
}

/** One thing that was asked for twice: hosts of two architectures need both of an image. */
function together(one: Asked, other: Asked, entry: NeedEntry): Asked {
  if ('architectures' in one && 'architectures' in other) return { ...one, architectures: [...new Set([...one.architectures, ...other.architectures])].sort() };
  if (!('url' in one && 'url' in other)) return one;
  if (one.sha256 !== undefined && other.sha256 !== undefined && one.sha256 !== other.sha256) throw new TextError({ message: `${one.url} has two checksums`, span: entry.tree.span });
  return { ...one, ...other, strays: one.strays || other.strays };
}

function reasons(why: ReadonlyMap<string, ReadonlySet<string>>): Reason[] {
  return [...why].map(([role, hosts]) => ({ role, hosts: [...hosts] }));
}
