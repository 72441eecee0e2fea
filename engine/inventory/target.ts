/** How to reach a host, from Ansible's connection variables. */
import { homedir } from 'node:os';
import path from 'node:path';
import { nearestHint } from '../source/nearest.ts';
import { TextError } from '../source/problem.ts';
import type { Span } from '../source/source.ts';
import type { Target } from '../session/session.ts';
import { askFlag, askText, askWhole, complain, type Asking } from './target-values.ts';

/** What the command line and the play say; a host's own variables win over it, as in Ansible. */
export interface TargetDefaults {
  readonly connection?: 'ssh' | 'local' | undefined;
  readonly port?: number | undefined;
  readonly user?: string | undefined;
  readonly privateKeyFile?: string | undefined;
  readonly password?: string | undefined;
  readonly sshArgs?: string | undefined;
  readonly hostKeyChecking?: Target['hostKeyChecking'];
  readonly knownHostsFile?: string | undefined;
  /** Seconds. */
  readonly connectTimeout?: number | undefined;
}

type Vars = (name: string) => unknown;
type Place = (name: string) => Span | undefined;

/**
 * The target of a host. `vars` gives a variable's rendered value (undefined where it is not set), `place` where it is
 * written. `localhost` is this machine unless variables or defaults say how to reach it. Throws TextError with every
 * variable that makes no sense.
 */
export function targetOf(host: string, vars: Vars, defaults: TargetDefaults = {}, place?: Place): Target {
  const asking: Asking = { host, vars, place, problems: [] };
  const address = askText(asking, ['ansible_host', 'ansible_ssh_host']);
  if (address !== undefined && /\s|^-/.test(address)) complain(asking, { name: 'ansible_host' }, `is no host name or address: "${address.slice(0, 60)}"`);
  const port = askWhole(asking, ['ansible_port', 'ansible_ssh_port'], 1, 65535);
  const named = host === 'localhost' && address === undefined && port === undefined;
  const keyFile = askText(asking, ['ansible_ssh_private_key_file', 'ansible_private_key_file']) ?? defaults.privateKeyFile;
  const knownHosts = askText(asking, ['ansible_ssh_known_hosts_file']) ?? defaults.knownHostsFile;
  const target: Target = {
    host,
    connection: askConnection(asking) ?? defaults.connection ?? (named ? 'local' : 'ssh'),
    address: address ?? host,
    port: port ?? defaults.port,
    user: askText(asking, ['ansible_user', 'ansible_ssh_user']) ?? defaults.user,
    privateKeyFile: keyFile === undefined ? undefined : localPath(keyFile),
    password: askText(asking, ['ansible_password', 'ansible_ssh_pass', 'ansible_ssh_password']) ?? defaults.password,
    sshArgs: sshArgs(asking, defaults.sshArgs),
    hostKeyChecking: askHostKeys(asking) ?? defaults.hostKeyChecking,
    knownHostsFile: knownHosts === undefined ? undefined : localPath(knownHosts),
    connectTimeout: askWhole(asking, ['ansible_ssh_timeout', 'ansible_timeout'], 1, 3600) ?? defaults.connectTimeout,
  };
  if (asking.problems.length > 0) throw new TextError(asking.problems);
  return target;
}

const connections: Readonly<Record<string, Target['connection']>> = { ssh: 'ssh', smart: 'ssh', paramiko: 'ssh', paramiko_ssh: 'ssh', local: 'local' };

function askConnection(asking: Asking): Target['connection'] | undefined {
  const name = 'ansible_connection';
  const value = askText(asking, [name])?.replace(/^ansible\.(builtin|legacy)\./, '');
  if (value === undefined) return undefined;
  if (Object.hasOwn(connections, value)) return connections[value];
  complain(asking, { name }, `"${value}" is not supported`, nearestHint(value, Object.keys(connections)));
  return undefined;
}

/** Ansible joins its three variables in this order; the ones of the command line stand where no variable does. */
function sshArgs(asking: Asking, fallback: string | undefined): string | undefined {
  const given = ['ansible_ssh_args', 'ansible_ssh_common_args', 'ansible_ssh_extra_args'].map((name) => askText(asking, [name])?.trim());
  const joined = given.filter((each) => each !== undefined && each !== '').join(' ');
  return joined === '' ? fallback : joined;
}

/** Yes or no as in Ansible, or `accept-new` as in ssh. */
function askHostKeys(asking: Asking): Target['hostKeyChecking'] {
  const names = ['ansible_ssh_host_key_checking', 'ansible_host_key_checking'];
  const acceptNew = names.map((name) => asking.vars(name)).find((value) => value !== undefined && value !== null && value !== '') === 'accept-new';
  if (acceptNew) return 'accept-new';
  const flag = askFlag(asking, names);
  return flag === undefined ? undefined : flag ? 'yes' : 'no';
}

/** A path on the controller: `~` is the home folder, others stand against the current folder. */
function localPath(file: string): string {
  return file === '~' || file.startsWith('~/') ? path.join(homedir(), file.slice(1)) : path.resolve(file);
}
