/** What apt has to do for a task. */
import { Missing, ModuleFailure, nearestHint, type Change, type Plan, type Run, type Step, type Thing, type ThingState } from '../../engine/module/kit.ts';
import { aptTodo, type AptFacts } from './apt-look.ts';
import type { Simulation } from './apt-simulate.ts';
import { changeStep, leftoverStep, refreshStep, repairStep } from './apt-steps.ts';
import { matchesVersion, type Asked } from './package-names.ts';
import type { PackageParams } from './package-params.ts';
import { repositoryChanges, type RepositoryFound } from './repositories.ts';

export interface AptFound {
  readonly manager: 'apt';
  readonly facts: AptFacts;
  readonly asked: readonly Asked[];
  readonly repositories: readonly RepositoryFound[];
  /** Undefined where nothing had to be asked of apt. */
  readonly simulation: Simulation | undefined;
}

/** Lists this young count as fresh, whatever cache_valid_time says: a loop over packages refreshes once. Seconds. */
const fresh = 60;

/** The plan for apt. In check mode it predicts what follows a refresh of the lists, as far as that can be told. */
export function planApt(params: PackageParams, found: AptFound, check: boolean): Plan {
  const { facts } = found;
  const startServices = params.start_services;
  const todo = aptTodo(params, found.asked, facts);
  const repair: Change[] = [
    ...(facts.hasLeftover ? [{ summary: 'remove the policy-rc.d that a run which was cut off has left', steps: [leftoverStep()] }] : []),
    ...(facts.isInterrupted ? [{ summary: 'finish what an interrupted dpkg had begun', steps: [repairStep(dpkgOptions(params), startServices)] }] : []),
  ];
  const repositories = found.repositories.flatMap((each) => repositoryChanges(each, 'apt', facts.release));
  const needsLists = todo.length > 0 && !isRemoval(params);
  const refresh = mustRefresh(params, facts, needsLists || params.repositories.length > 0, repositories.length > 0) ? [refreshStep(params.lock_timeout)] : [];
  const isOpen = refresh.length > 0 && needsLists;
  const first = [...repair, ...withRefresh(repositories, refresh)];
  const waits = repositories.length > 0 ? [] : refresh;
  const again = isOpen ? { again: 'package lists that must be refreshed first' } : {};
  const result = { cache_updated: refresh.length > 0 };
  if (isOpen && !check) return { changes: first, waits, ...again, result };
  const packages = packageChanges(params, found, todo, isOpen);
  const holds = holdChanges(params, found, todo);
  const plan: Plan = { changes: [...first, ...packages, ...holds], waits, ...again, result: { ...result, ...transaction(found.simulation, packages) } };
  if (!isOpen) checkPossible(found, todo, plan);
  return plan;
}

/** Whether the lists have to be refreshed: asked for and too old, or needed and missing or older than the list of repositories. */
export function mustRefresh(params: PackageParams, facts: AptFacts, isNeeded: boolean, isRewritten: boolean): boolean {
  if (params.update_cache === false) return false;
  if (isRewritten) return true;
  if (facts.listsAge === undefined || facts.areListsBehind) return isNeeded || params.update_cache === true || params.cache_valid_time > 0;
  return (params.update_cache === true || params.cache_valid_time > 0) && facts.listsAge > Math.max(fresh, params.cache_valid_time);
}

/** A new repository is refreshed with its own change, so that a wrong address or key fails there. */
function withRefresh(repositories: readonly Change[], refresh: readonly Step[]): Change[] {
  return repositories.map((change, i) => (i === repositories.length - 1 ? { ...change, steps: [...change.steps, ...refresh] } : change));
}

function packageChanges(params: PackageParams, found: AptFound, todo: readonly Asked[], isOpen: boolean): Change[] {
  const { simulation } = found;
  if (!simulation?.ok) return isOpen ? guessed(params, found, todo) : [];
  if (simulation.installs.length === 0 && simulation.removes.length === 0) return broken(params, found, todo);
  const op = operation(params, todo);
  const makes: Thing[] = simulation.installs.map(({ name }) => ({ kind: 'package', name: bare(name) }));
  const lines = (before: boolean): string => [
    ...simulation.installs.map(({ name, version, was }) => (before ? was && `${name} ${was}` : `${name} ${version}`)),
    ...simulation.removes.map(({ name, version }) => (before ? `${name} ${version}` : undefined)),
  ].filter(Boolean).map((line) => `${line}\n`).join('');
  const argv = ['apt-get', '-y', '-q', ...aptOptions(params), op, ...simulation.targets];
  const held = params.hold ? simulation.installs.map(({ name }) => name).filter((name) => found.facts.packages.get(name)?.isHeld) : [];
  const steps = [changeStep(argv, params.start_services), ...(held.length > 0 ? [mark('hold', held)] : [])];
  return [{ summary: told(simulation, todo), of: 'packages', before: lines(true), after: lines(false), steps, makes, leaves: leavesOf(simulation) }];
}

/** How packages will be, for later tasks of a dry run. */
function leavesOf({ installs, removes }: Simulation): ThingState[] {
  return [
    ...installs.map(({ name, version }) => ({ kind: 'package' as const, name: bare(name), state: { installed: true, version } })),
    ...removes.map(({ name }) => ({ kind: 'package' as const, name: bare(name), state: { installed: false } })),
  ];
}

/** A package that was cut off half-way is finished though apt has nothing to fetch. */
function broken(params: PackageParams, found: AptFound, todo: readonly Asked[]): Change[] {
  const names = todo.filter(({ name }) => found.facts.packages.get(name)?.state === 'broken').map(({ name }) => name);
  if (names.length === 0 || found.facts.isInterrupted) return [];
  return [{ summary: `finish the installation of ${names.join(', ')}`, steps: [repairStep(dpkgOptions(params), params.start_services)] }];
}

/** Without lists: what is not installed will be, in a version that only the lists can tell. */
function guessed(params: PackageParams, found: AptFound, todo: readonly Asked[]): Change[] {
  const certain = todo.filter((each) => found.facts.packages.get(each.name)?.state !== 'installed' || (each.version !== undefined && !each.version.includes('*')));
  if (certain.length === 0 || params.only_upgrade) return [];
  return [{ summary: `install ${certain.map((each) => each.text).join(', ')}, in a version known once the package lists are refreshed`, steps: [], makes: certain.map(({ name }) => ({ kind: 'package', name: bare(name) })), leaves: certain.map(({ name }) => ({ kind: 'package', name: bare(name), state: { installed: true, version: undefined } })) }];
}

/** What happens, in words: what was asked for by name, what comes with it by name where it is little, else as a number. */
function told({ installs, removes, chosen }: Simulation, todo: readonly Asked[]): string {
  const wanted = new Set([...todo.map(({ name }) => bare(name)), ...chosen]);
  const own = installs.filter(({ name }) => wanted.has(bare(name)));
  if (own.length === 0 && installs.length > 3) return `install ${[...wanted].join(', ')} by ${installs.length} packages`;
  const main = own.length > 0 ? own : installs;
  const others = installs.filter((each) => !main.includes(each));
  const row = ({ name, version, was }: Simulation['installs'][number]): string => (was === undefined ? `${name} ${version}` : `${name} ${was} to ${version}`);
  const parts = [
    ['install', main.filter(({ was }) => was === undefined).map(row)],
    ['change', main.filter(({ was }) => was !== undefined).map(row)],
    ['remove', removes.map(({ name, version }) => `${name} ${version}`.trim())],
  ] as const;
  const said = parts.filter(([, rows]) => rows.length > 0).map(([verb, rows]) => `${verb} ${rows.join(', ')}`).join('; ');
  if (others.length === 0) return said;
  return `${said} (with ${others.length <= 3 ? others.map(({ name }) => name).join(', ') : `${others.length} others`})`;
}

/** What apt-get is told to do. */
export function operation(params: PackageParams, todo: readonly Asked[]): 'install' | 'remove' | 'autoremove' {
  if (todo.length === 0) return 'autoremove';
  return isRemoval(params) ? 'remove' : 'install';
}

/** Whether packages are to go. */
export function isRemoval({ state }: PackageParams): boolean {
  return state === 'absent' || state === 'removed';
}

function holdChanges(params: PackageParams, found: AptFound, todo: readonly Asked[]): Change[] {
  if (params.hold === undefined || isRemoval(params)) return [];
  const names = found.asked.map(({ name }) => (found.facts.files.get(name)?.name ?? name)).filter((name) => {
    const known = found.facts.packages.get(name);
    const isThere = known?.state === 'installed' || todo.length > 0;
    return isThere && (known?.isHeld ?? false) !== params.hold;
  });
  if (names.length === 0) return [];
  return [{ summary: params.hold ? `hold ${names.join(', ')} at ${names.length === 1 ? 'its' : 'their'} version` : `let go of ${names.join(', ')}`, steps: [mark(params.hold ? 'hold' : 'unhold', names)], leaves: names.map((name) => ({ kind: 'package', name: bare(name), state: { held: params.hold } })) }];
}

/** apt drops the hold of a package that it changes, so this comes after. */
function mark(what: 'hold' | 'unhold', names: readonly string[]): Run {
  return { kind: 'run', argv: ['apt-mark', what, ...names] };
}

/** Options that decide what apt would do: the same when it is asked and when it acts. */
export function simulationOptions(params: PackageParams): string[] {
  const holds = params.allow_change_held_packages || params.hold !== undefined;
  return [
    ...(params.install_recommends === undefined ? [] : [`-oAPT::Install-Recommends=${params.install_recommends ? 'yes' : 'no'}`]),
    ...(params.default_release === undefined ? [] : ['-t', params.default_release]),
    ...(params.allow_downgrade ? ['--allow-downgrades'] : []),
    ...(holds ? ['--allow-change-held-packages'] : []),
    ...(params.only_upgrade ? ['--only-upgrade'] : []),
    ...(params.purge ? ['--purge'] : []),
    ...(params.autoremove ? ['--auto-remove'] : []),
  ];
}

function aptOptions(params: PackageParams): string[] {
  return [`-oDPkg::Lock::Timeout=${Math.ceil(params.lock_timeout)}`, '-oAcquire::Retries=3', '-oDpkg::Use-Pty=0', ...dpkgOptions(params).map((option) => `-oDpkg::Options::=--${option}`), ...simulationOptions(params)];
}

function dpkgOptions({ dpkg_options: options }: PackageParams): string[] {
  return options.split(',').map((option) => option.trim().replace(/^--/, '')).filter(Boolean);
}

/** What the result tells of packages; nothing where only the run can tell it. */
function transaction(simulation: Simulation | undefined, changes: readonly Change[]): Record<string, unknown> {
  if (changes.length === 0) return { installed: [], removed: [] };
  return simulation?.ok ? { installed: simulation.installs, removed: simulation.removes } : {};
}

/** Throws where apt says that it cannot be done. */
function checkPossible({ simulation, facts, asked }: AptFound, todo: readonly Asked[], plan: Plan): void {
  if (!simulation || simulation.ok) return;
  const [error = 'E: apt cannot do it, and does not say why'] = simulation.errors;
  const message = [error.replace(/^E: /, ''), ...simulation.errors.slice(1, 4).map((line) => line.replace(/^E: /, ''))].join('; ');
  const unknown = /^E: (?:Unable to locate package |Package ')([^\s']+)/.exec(error)?.[1];
  if (unknown !== undefined) {
    throw new Missing({ kind: 'package', name: unknown }, `there is no package ${unknown} in the repositories of this host`, nearestHint(unknown, simulation.similar) ?? 'is the repository set up, and are the lists fresh (update_cache: true)?', { ...plan, changes: [...plan.changes, { summary: `install ${todo.map(({ text }) => text).join(', ')}`, steps: [], makes: [{ kind: 'package', name: unknown }], leaves: todo.map(({ name }) => ({ kind: 'package', name: bare(name), state: { installed: true, version: undefined } })) }] });
  }
  const isHeld = asked.some(({ name, version }) => facts.packages.get(name)?.isHeld && (version === undefined || !matchesVersion(facts.packages.get(name)!.version, version)));
  throw new ModuleFailure(message, { ...(isHeld && { hint: 'a package is on hold: say hold: true to change it and hold it again, hold: false to let it go' }), result: { stderr: simulation.errors.join('\n') } });
}

function bare(name: string): string {
  return name.replace(/:.*$/, '');
}
