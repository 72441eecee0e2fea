/** From a task's host and settings to a session on the machine that does the work. */
import { becomeOf } from '../inventory/become.ts';
import { targetOf } from '../inventory/target.ts';
import type { AskOptions, Become, Probe, Session, Target } from '../session/session.ts';
import type { Scope } from '../template/registry.ts';
import { Undefined, Unknown } from '../template/value.ts';
import type { HostState } from './host-state.ts';
import { hostState, type Run } from './run.ts';
import type { Settings } from './settings.ts';
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

/** Opens the session of a reach, its commands under the task's environment. Throws Unreachable. */
export async function sessionFor(run: Run, reach: Reach, environment: Settings['environment']): Promise<Session> {
  const session = await run.connections.session(reach.target, reach.become);
  return Object.keys(environment).length === 0 ? session : withEnvironment(session, environment);
}

function withEnvironment(session: Session, environment: Settings['environment']): Session {
  const ask: Probe['ask'] = (argv, options: AskOptions = {}) => session.ask(argv, { ...options, env: { ...environment, ...options.env } });
  return {
    host: session.host,
    ask,
    stat: (path, options) => session.stat(path, options),
    read: (path, options) => session.read(path, options),
    perform: (steps, options) => session.perform(steps.map((step) => (step.kind === 'run' ? { ...step, env: { ...environment, ...step.env } } : step)), options),
  };
}

/** A probe for modules that touch no host; asking it is a mistake of the module. */
export function noProbe(host: string): Probe {
  const refuse = (): never => { throw new Error('a controller module asked a host'); };
  return { host, ask: refuse, stat: refuse, read: refuse };
}
