/** From a task's host and settings to a session on the machine that does the work. */
import { becomeOf } from '../inventory/become.ts';
import { targetOf } from '../inventory/target.ts';
import type { AskOptions, Become, Probe, Session, Target } from '../session/session.ts';
import type { Scope } from '../template/registry.ts';
import { Undefined, Unknown, type Value } from '../template/value.ts';
import type { HostState } from './host-state.ts';
import type { Step } from '../session/step.ts';
import type { Actor } from '../module/outlook.ts';
import type { Member } from './member.ts';
import { openForeknown, type Foreknown } from './foreknown.ts';
import { hostState, type Run } from './run.ts';
import { settingsOf, type Settings } from './settings.ts';
import { environmentFor, scopeFor, type TaskOnHost } from './task-on-host.ts';
import { hostScope, type PlayContext } from './variables.ts';

/** Where a task's work is done, and as whom. */
export interface Reach {
  /** Inventory name of the machine: the delegate's, where the task is delegated. */
  readonly host: HostState;
  readonly target: Target;
  readonly become?: Become | undefined;
}

/** Works out the machine and user of a task. Throws TextError for connection variables that make no sense. */
export function reachOf(run: Run, play: PlayContext, host: HostState, scope: Scope, settings: Settings): Reach {
  const { defaults } = run.options;
  const machine = settings.delegateTo === undefined || settings.delegateTo === host.name ? host : hostState(run, settings.delegateTo);
  const vars = machine === host ? scope : hostScope(run, machine, play);
  const read = (name: string): unknown => {
    const value = vars.get(name);
    return value instanceof Undefined || value instanceof Unknown ? undefined : value;
  };
  const target = targetOf(machine.name, read, {
    user: settings.remoteUser ?? defaults.user,
    port: settings.port,
    connection: (settings.connection === 'local' ? 'local' : settings.connection ? 'ssh' : undefined) ?? defaults.connection,
    privateKeyFile: defaults.privateKeyFile,
    connectTimeout: defaults.timeout,
  });
  for (const name of ['ansible_password', 'ansible_ssh_pass', 'ansible_become_password', 'ansible_become_pass']) run.hider.add(read(name));
  const become = becomeOf(machine.name, read, { become: settings.become ?? defaults.become, user: settings.becomeUser ?? defaults.becomeUser, password: defaults.becomePassword });
  return { host: machine, target, become };
}

/** A machine and a user on it, as text: the same for what goes the same way. */
export function placeOf({ target, become }: Reach): string {
  return JSON.stringify([target, become?.user]);
}

/** The same of a task with the variables of its loop. Throws what working them out throws. */
export function reachFor(on: TaskOnHost, locals: ReadonlyMap<string, Value>): Reach {
  const scope = scopeFor(on, locals);
  return reachOf(on.run, on.play, on.host, scope, settingsOf(on.task.directives, scope, environmentFor(on, scope)));
}

/** Opens the session of a reach, its commands under the task's environment; `asOf` as {@link Foreknown} takes it. Throws Unreachable. */
export async function sessionFor(run: Run, reach: Reach, environment: Settings['environment'], asOf: number, member?: Member): Promise<Session> {
  const session = (await foreknownFor(run, reach)).session(asOf);
  return withEnvironment(member?.aboard(session, () => actorFor(run, reach)) ?? session, environment);
}

/** The user that a reach acts as. Throws Unforeseen where the host does not say, and Unreachable. */
async function actorFor(run: Run, reach: Reach): Promise<Actor> {
  const user = reach.become?.user ?? (reach.target.connection === 'ssh' ? reach.target.user : undefined);
  return user === 'root' ? { user, uid: 0, group: 'root', gid: 0 } : (await foreknownFor(run, reach)).actor();
}

/** A probe on a reach whose answers are kept for its session. Throws Unreachable. */
export async function aheadFor(run: Run, reach: Reach, environment: Settings['environment']): Promise<Probe> {
  return probeUnder((await foreknownFor(run, reach)).ahead, environment);
}

async function foreknownFor(run: Run, reach: Reach): Promise<Foreknown> {
  const session = await run.connections.session(reach.target, reach.become);
  let known = run.foreknown.get(session);
  if (!known) run.foreknown.set(session, (known = openForeknown(session, run.acts, run.options.now)));
  return known;
}

function withEnvironment(session: Session, environment: Settings['environment']): Session {
  if (Object.keys(environment).length === 0) return session;
  const under = (steps: readonly Step[]): Step[] => steps.map((step) => (step.kind === 'run' ? { ...step, env: { ...environment, ...step.env } } : step));
  return {
    ...probeUnder(session, environment),
    perform: (steps, options) => session.perform(under(steps), options),
    performTogether: (runs, options) => session.performTogether(runs.map((each) => ({ ...each, steps: under(each.steps) })), options),
  };
}

function probeUnder(probe: Probe, environment: Settings['environment']): Probe {
  if (Object.keys(environment).length === 0) return probe;
  const ask: Probe['ask'] = (argv, options: AskOptions = {}) => probe.ask(argv, { ...options, env: { ...environment, ...options.env } });
  return { host: probe.host, ask, stat: (path, options) => probe.stat(path, options), read: (path, options) => probe.read(path, options) };
}

/** A probe for modules that touch no host; asking it is a mistake of the module. */
export function noProbe(host: string): Probe {
  const refuse = (): never => { throw new Error('a controller module asked a host'); };
  return { host, ask: refuse, stat: refuse, read: refuse };
}
