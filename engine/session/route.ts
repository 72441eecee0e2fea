/** The way to a host, all said: inventory variables before ssh options before ~/.ssh/config before defaults. */
import { isAbsolute, join, resolve } from 'node:path';
import { userInfo } from 'node:os';
import { TextError } from '../source/problem.ts';
import type { HostKeyPolicy } from './host-key.ts';
import type { Target } from './session.ts';
import { parseSshArgs } from './ssh-args.ts';
import { readSshConfig, sshHome, type SshOptions } from './ssh-config.ts';

/** All that a connect must know. */
export interface Route {
  /** The inventory's name, for messages. */
  readonly host: string;
  readonly address: string;
  readonly port: number;
  readonly user: string;
  /** Absolute paths that were asked for, most wanted first. */
  readonly identityFiles: readonly string[];
  /** True where no key but those may be shown. */
  readonly identitiesOnly: boolean;
  /** The agent's socket. */
  readonly agent: string | undefined;
  readonly password: string | undefined;
  readonly hostKeys: HostKeyPolicy;
  /** The name that the host key is looked up by. */
  readonly keyName: string;
  /** Hosts to go through, the first one nearest to us. */
  readonly jumps: readonly Route[];
  /** A command whose input and output are the way. */
  readonly proxyCommand: string | undefined;
  /** Seconds. */
  readonly connectTimeout: number;
  /** Seconds between signs of life; 10 where nothing says otherwise. */
  readonly aliveInterval: number;
  readonly aliveCount: number;
}

const defaultKeys = ['id_rsa', 'id_ecdsa', 'id_ecdsa_sk', 'id_ed25519', 'id_ed25519_sk', 'id_xmss', 'id_dsa'];

/** Finds the route of a target; throws TextError for options that cannot be honoured. */
export async function findRoute(target: Target): Promise<Route> {
  const args = parseSshArgs(target.sshArgs ?? '');
  return routeOf(target, args.options, args.configFile, 0);
}

async function routeOf(target: Target, args: SshOptions, configFile: string | undefined, depth: number): Promise<Route> {
  if (depth > 8) throw new TextError({ message: `the jump hosts of ${target.host} go in a circle`, hint: 'set ProxyJump none for the jump host itself' });
  const given = one(args, 'user');
  const file = configFile === undefined || configFile === 'none' ? configFile : localPath(configFile);
  const config = await readSshConfig({ address: target.address, user: target.user ?? given, port: target.port ?? numberOf(args, 'port'), configFile: file });
  const options: SshOptions = new Map([...config, ...args]);
  const port = target.port ?? numberOf(options, 'port') ?? 22;
  const user = target.user ?? one(options, 'user') ?? localUser();
  const address = fill(one(options, 'hostname') ?? target.address, { h: target.address });
  const tokens = { h: address, p: String(port), r: user, u: localUser(), d: sshHome(), n: target.address };
  const path = (text: string) => localPath(fill(text, tokens));
  const agent = one(options, 'identityagent');
  return {
    host: target.host,
    address, port, user,
    password: target.password,
    identityFiles: identityFiles(target, args, config).map(path),
    identitiesOnly: isYes(one(options, 'identitiesonly')),
    agent: agent === undefined || agent === 'SSH_AUTH_SOCK' ? process.env['SSH_AUTH_SOCK'] || undefined : agent === 'none' ? undefined : path(agent),
    hostKeys: hostKeyPolicy(target, options, path),
    keyName: one(options, 'hostkeyalias') ?? address,
    jumps: await jumpsOf(target, options, configFile, depth, tokens),
    proxyCommand: proxyCommand(options, tokens),
    connectTimeout: target.connectTimeout ?? numberOf(options, 'connecttimeout') ?? 10,
    aliveInterval: numberOf(options, 'serveraliveinterval') || 10,
    aliveCount: numberOf(options, 'serveralivecountmax') ?? 3,
  };
}

/** Keys that somebody asked for; ssh's own defaults are tried last and stand elsewhere. */
function identityFiles(target: Target, args: SshOptions, config: SshOptions): string[] {
  const named = [...(target.privateKeyFile === undefined ? [] : [target.privateKeyFile]), ...(args.get('identityfile') ?? []), ...(config.get('identityfile') ?? [])];
  const usual = new Set(defaultKeys.map((name) => `~/.ssh/${name}`));
  return named.filter((file) => file !== 'none' && !usual.has(file));
}

/** Where keys lie that nobody needs to ask for. */
export function usualKeys(): string[] {
  return ['id_ed25519', 'id_ecdsa', 'id_rsa'].map((name) => join(sshHome(), '.ssh', name));
}

function hostKeyPolicy(target: Target, options: SshOptions, path: (text: string) => string): HostKeyPolicy {
  const word = (one(options, 'stricthostkeychecking') ?? 'yes').toLowerCase();
  const checking = target.hostKeyChecking ?? (word === 'accept-new' ? 'accept-new' : ['no', 'off', 'false'].includes(word) ? 'no' : 'yes');
  const user = target.knownHostsFile !== undefined ? [target.knownHostsFile] : words(one(options, 'userknownhostsfile') ?? '~/.ssh/known_hosts ~/.ssh/known_hosts2');
  const global = target.knownHostsFile !== undefined ? [] : words(one(options, 'globalknownhostsfile') ?? '/etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2');
  return { checking, files: [...user, ...global].filter((file) => file !== 'none').map(path) };
}

/** The jump hosts: their own configuration, and from the target how host keys are checked and which key was named. */
async function jumpsOf(target: Target, options: SshOptions, configFile: string | undefined, depth: number, tokens: Tokens): Promise<Route[]> {
  const text = one(options, 'proxyjump');
  if (text === undefined || text.toLowerCase() === 'none') return [];
  const specs = text.split(',').map((part) => parseJump(fill(part.trim(), tokens)));
  const routes: Route[] = [];
  for (const [index, spec] of specs.entries()) {
    const { hostKeyChecking, knownHostsFile, privateKeyFile, connectTimeout } = target;
    const jump: Target = { ...spec, host: target.host, connection: 'ssh', hostKeyChecking, knownHostsFile, privateKeyFile, connectTimeout };
    if (spec.address === target.address) return [];
    const route = await routeOf(jump, new Map(index === 0 ? [] : [['proxyjump', ['none']]]), configFile, depth + 1);
    routes.push(...route.jumps, { ...route, jumps: [] });
  }
  return routes;
}

function parseJump(text: string): { address: string; user?: string | undefined; port?: number | undefined } {
  const parts = /^(?:ssh:\/\/)?(?:([^@\s]+)@)?(?:\[([^\]\s]+)\]|([^:@\s]+))(?::(\d+))?\/?$/.exec(text);
  if (!parts) throw new TextError({ message: `"${text}" is not a jump host`, hint: 'write user@host:port, several with commas' });
  return { address: (parts[2] ?? parts[3])!, user: parts[1], port: parts[4] === undefined ? undefined : Number(parts[4]) };
}

function proxyCommand(options: SshOptions, tokens: Tokens): string | undefined {
  const text = one(options, 'proxycommand');
  return text === undefined || text.toLowerCase() === 'none' || options.has('proxyjump') ? undefined : fill(text, tokens);
}

type Tokens = Readonly<Record<string, string>>;

/** Puts values in place of %h and the like; `%%` is a percent sign. */
function fill(text: string, tokens: Tokens): string {
  return text.replace(/%(.)/g, (whole, letter: string) => (letter === '%' ? '%' : (tokens[letter] ?? whole)));
}

function localPath(text: string): string {
  const path = text === '~' || text.startsWith('~/') ? join(sshHome(), text.slice(1)) : text;
  return isAbsolute(path) ? path : resolve(path);
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}

function one(options: SshOptions, name: string): string | undefined {
  return options.get(name)?.[0];
}

function numberOf(options: SshOptions, name: string): number | undefined {
  const text = one(options, name);
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

function isYes(word: string | undefined): boolean {
  return word !== undefined && ['yes', 'true', 'on'].includes(word.toLowerCase());
}

function localUser(): string {
  try {
    return userInfo().username;
  } catch {
    return process.env['USER'] ?? 'root';
  }
}
