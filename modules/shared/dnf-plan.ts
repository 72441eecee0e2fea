/** What dnf or yum has to do for a task. */
import { Missing, ModuleFailure, textOf, type Change, type Plan, type Run, type StepResult } from '../../engine/module/kit.ts';
import { dnfTodo, type DnfFacts, type DnfOffer, type Rpm } from './dnf-look.ts';
import type { Asked } from './package-names.ts';
import type { PackageParams } from './package-params.ts';
import { compareRpm } from './rpm-version.ts';
import { repositoryChanges, type RepositoryFound } from './repositories.ts';

export interface DnfFound {
  readonly manager: 'dnf';
  readonly facts: DnfFacts;
  readonly asked: readonly Asked[];
  readonly repositories: readonly RepositoryFound[];
  /** Undefined where nothing had to be asked of dnf. */
  readonly offer: DnfOffer | undefined;
}

/** The plan for dnf and yum. Where only the repositories can tell, it asks to look again once they were asked. */
export function planDnf(params: PackageParams, found: DnfFound): Plan {
  const { facts } = found;
  const repositories = found.repositories.flatMap((each) => repositoryChanges(each, 'dnf', ''));
  const todo = dnfTodo(params, found.asked, facts);
  const makecache: Run[] = mustRefresh(params, facts) ? [dnf(facts, 'makecache')] : [];
  const isOpen = params.state === 'latest' && todo.length > 0 && (makecache.length > 0 || repositories.length > 0 || !found.offer?.isKnown);
  const isNew = !isOpen && repositories.length === 0 && makecache.length === 0;
  const packages = packageChanges(params, found, todo);
  const plan: Plan = {
    changes: [...repositories, ...(isOpen ? [] : packages), ...holdChanges(params, found)],
    waits: isOpen && makecache.length === 0 ? [dnf(facts, 'makecache')] : makecache,
    ...(isOpen && { again: 'package metadata that must be fetched first' }),
  };
  if (isNew) checkKnown(params, found, todo, plan);
  checkLockable(params, found, plan);
  return plan;
}

function mustRefresh(params: PackageParams, { cacheAge }: DnfFacts): boolean {
  if (params.update_cache === false || (params.update_cache === undefined && params.cache_valid_time === 0)) return false;
  return cacheAge === undefined || cacheAge > Math.max(60, params.cache_valid_time);
}

function packageChanges(params: PackageParams, found: DnfFound, todo: readonly Asked[]): Change[] {
  const { facts, offer } = found;
  const there = (each: Asked): readonly Rpm[] => facts.installed.get(each.name) ?? [];
  if (params.state === 'absent' || params.state === 'removed') {
    const gone = todo.flatMap(there);
    return gone.length === 0 ? [] : [{ summary: `remove ${gone.map(rpmText).join(', ')}`, of: 'packages', before: lines(gone), after: '', steps: [dnf(facts, 'remove', ...flags(params), ...new Set(gone.map(({ name }) => name)))], leaves: todo.map(({ name }) => ({ kind: 'package', name, state: { installed: false } })) }];
  }
  const isUpdate = (each: Asked): boolean => params.state === 'latest' && each.version === undefined && there(each).length > 0;
  const updates = todo.filter((each) => isUpdate(each) && there(each).some(({ name }) => offer?.updates.has(name)));
  const fresh = todo.filter((each) => !isUpdate(each));
  if (!params.allow_downgrade) checkNotOlder(fresh, found);
  return [
    ...transaction(params, found, 'install', fresh, (each) => offer?.versions.get(each.name)),
    ...transaction(params, found, 'upgrade', updates, (each) => there(each).map(({ name }) => offer?.updates.get(name)).find(Boolean)),
  ];
}

/** One call of dnf, and rpm's word on what came of it. */
function transaction(params: PackageParams, { facts }: DnfFound, verb: 'install' | 'upgrade', rows: readonly Asked[], version: (each: Asked) => string | undefined): Change[] {
  if (rows.length === 0) return [];
  const before = (each: Asked): Rpm | undefined => facts.installed.get(each.name)?.[0];
  const after = rows.map((each) => facts.files.get(each.name) ?? { name: each.name, version: version(each) ?? each.version ?? '' });
  const said = rows.map((each, i) => (before(each) ? `${before(each)!.name} ${before(each)!.version} to ${after[i]!.version || 'the newest'}` : undefined));
  const installed = after.filter((_, i) => said[i] === undefined).map(rpmText);
  const changed = said.filter((each) => each !== undefined);
  const specs = rows.map((each) => (each.version === undefined ? each.name : `${each.name}-${each.version}${/[*-]/.test(each.version) ? '' : '-*'}`));
  const names = [...new Set(rows.map(({ name }) => facts.files.get(name)?.name ?? name))];
  const verify: Run[] = names.length > 0 ? [{ kind: 'run', argv: ['rpm', '-q', '--qf', '%{NAME}\\t%{VERSION}-%{RELEASE}\\n', '--', ...names], codes: 'any' }] : [];
  return [{
    summary: [installed.length > 0 ? `install ${installed.join(', ')}` : '', changed.length > 0 ? `change ${changed.join(', ')}` : ''].filter(Boolean).join('; '),
    of: 'packages', before: lines(rows.flatMap((each) => facts.installed.get(each.name) ?? [])), after: lines(after),
    steps: [dnf(facts, verb, ...flags(params), ...specs), ...verify], makes: names.map((name) => ({ kind: 'package', name })),
    leaves: rows.map(({ name }, i) => ({ kind: 'package', name, state: { installed: true, version: after[i]!.version || undefined } })),
  }];
}

/** dnf takes an older version without a word where it is asked for by number. */
function checkNotOlder(rows: readonly Asked[], { facts, offer }: DnfFound): void {
  for (const each of rows) {
    const now = facts.installed.get(each.name)?.[0];
    const next = each.isFile ? undefined : offer?.versions.get(each.name) ?? (each.version?.includes('*') ? undefined : each.version);
    if (now && next !== undefined && compareRpm(next, now.version) < 0) throw new ModuleFailure(`${each.name} is installed as ${now.version}, which is newer than ${next}`, { hint: 'set allow_downgrade: true' });
  }
}

function holdChanges(params: PackageParams, { facts, asked }: DnfFound): Change[] {
  if (params.hold === undefined || params.state === 'absent' || params.state === 'removed') return [];
  const isLocked = (name: string): boolean => facts.locks.some((line) => new RegExp(`(^|[\\s":-])(\\d+:)?${name.replace(/[.+]/g, '\\$&')}(-|"|$)`).test(line));
  const names = asked.filter(({ isFile }) => !isFile).map(({ name }) => name).filter((name) => isLocked(name) !== params.hold);
  if (names.length === 0) return [];
  return [{ summary: params.hold ? `hold ${names.join(', ')} at ${names.length === 1 ? 'its' : 'their'} version` : `let go of ${names.join(', ')}`, steps: [dnf(facts, 'versionlock', params.hold ? 'add' : 'delete', ...names)] }];
}

/** What holds packages is a package too, and an earlier task of a dry run may bring it. */
function checkLockable(params: PackageParams, found: DnfFound, plan: Plan): void {
  const { facts } = found;
  if (facts.canLock || holdChanges(params, found).length === 0) return;
  const plugin = facts.manager === 'dnf' ? 'python3-dnf-plugin-versionlock' : 'yum-plugin-versionlock';
  throw new Missing({ kind: 'package', name: plugin }, `${facts.manager} cannot hold packages on this host`, `install its plugin first: ${plugin}`, plan);
}

function checkKnown(params: PackageParams, { facts, offer }: DnfFound, todo: readonly Asked[], plan: Plan): void {
  if (!offer?.isKnown || params.state === 'absent' || params.state === 'removed') return;
  const unknown = todo.find((each) => !each.isFile && (facts.installed.get(each.name) ?? []).length === 0 && ![...offer.versions.keys()].length);
  if (unknown === undefined || todo.length > 1) return;
  throw new Missing({ kind: 'package', name: unknown.name }, `there is no package ${unknown.text} in the repositories of this host`, 'is the repository set up and enabled (dnf repolist)?', plan);
}

function dnf({ manager }: DnfFacts, ...argv: string[]): Run {
  return { kind: 'run', argv: [manager, '-y', ...argv], env: { LC_ALL: 'C' } };
}

function flags(params: PackageParams): string[] {
  return [
    ...(params.install_recommends === undefined ? [] : [`--setopt=install_weak_deps=${params.install_recommends ? 1 : 0}`]),
    ...(params.disable_gpg_check ? ['--nogpgcheck'] : []),
    ...(params.allow_downgrade ? ['--allowerasing'] : []),
    ...(params.autoremove ? ['--setopt=clean_requirements_on_remove=1'] : []),
  ];
}

function rpmText({ name, version }: Rpm): string {
  return version === '' ? name : `${name} ${version}`;
}

function lines(rows: readonly Rpm[]): string {
  return rows.map((row) => `${rpmText(row)}\n`).join('');
}

/** What rpm says is installed now of what was asked for. Throws ModuleFailure where dnf called it done and it is not there. */
export function installedNow(steps: readonly StepResult[]): Record<string, unknown> {
  const verified = steps.filter(({ step }) => step.kind === 'run' && step.argv?.[0] === 'rpm').flatMap(({ stdout }) => textOf(stdout).split('\n'));
  const missing = verified.find((line) => / is not installed$/.test(line) && !/ provides /.test(line));
  const installed = verified.filter((line) => line.includes('\t')).map((line) => ({ name: line.split('\t')[0], version: line.split('\t')[1] }));
  if (missing !== undefined && installed.length === 0) throw new ModuleFailure(missing);
  return installed.length === 0 ? {} : { installed };
}
