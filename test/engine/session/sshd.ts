/** A throwaway sshd on a loopback address, with its own keys and configuration in a temporary folder. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { Target } from '../../../engine/session/session.ts';

export interface Sshd {
  readonly address: string;
  readonly port: number;
  readonly folder: string;
  /** The private key that it lets in. */
  readonly keyFile: string;
  readonly knownHostsFile: string;
  readonly pid: number;
  /** A target that gets in. */
  target(more?: Partial<Target>): Target;
  /** The pids of the processes that serve connections. */
  children(): number[];
  stop(): Promise<void>;
}

const program = '/usr/sbin/sshd';

/** Why these tests cannot run here, or undefined. */
export const noSshd: string | undefined = existsSync(program) ? undefined : `there is no ${program}: install openssh-server to run these tests`;

/** Starts one; `lines` are added to its configuration. */
export async function startSshd(lines: readonly string[] = [], address = '127.0.0.1'): Promise<Sshd> {
  const folder = mkdtempSync(join(tmpdir(), 'kplay-sshd-'));
  const port = await freePort(address);
  for (const [type, name] of [['ed25519', 'host_ed25519'], ['ecdsa', 'host_ecdsa'], ['ed25519', 'user']]) makeKey(type!, join(folder, name!));
  writeFileSync(join(folder, 'authorized_keys'), readFileSync(join(folder, 'user.pub')));
  const hostKey = readFileSync(join(folder, 'host_ed25519.pub'), 'utf8').split(' ').slice(0, 2).join(' ');
  writeFileSync(join(folder, 'known_hosts'), `[${address}]:${port} ${hostKey}\n`);
  writeFileSync(join(folder, 'config'), [...lines, ...configLines(folder, address, port)].join('\n'));
  if (userInfo().uid === 0) mkdirSync('/run/sshd', { recursive: true });
  const child = spawn(program, ['-D', '-e', '-f', join(folder, 'config')], { stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => (log = (log + chunk.toString()).slice(-20_000)));
  await listening(address, port, child, () => log);
  return {
    address, port, folder, pid: child.pid!,
    keyFile: join(folder, 'user'),
    knownHostsFile: join(folder, 'known_hosts'),
    target: (more = {}) => ({ host: 'tested', connection: 'ssh', address, port, user: userInfo().username, privateKeyFile: join(folder, 'user'), knownHostsFile: join(folder, 'known_hosts'), sshArgs: '-F none', ...more }),
    children: () => childrenOf(child.pid!),
    async stop() {
      for (const pid of childrenOf(child.pid!)) end(pid);
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill();
      if (child.exitCode === null) await gone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function configLines(folder: string, address: string, port: number): string[] {
  return [
    `Port ${port}`, `ListenAddress ${address}`, `HostKey ${folder}/host_ed25519`, `HostKey ${folder}/host_ecdsa`, 'PidFile none',
    `AuthorizedKeysFile ${folder}/authorized_keys`, 'StrictModes no', 'UsePAM no', 'PermitRootLogin yes', 'PasswordAuthentication no', 'KbdInteractiveAuthentication no',
    'UseDNS no', 'LogLevel INFO',
    // bash reads .bashrc in each session unless it is a shell within a shell; what stands there is none of these tests' time.
    'SetEnv SHLVL=1', '',
  ];
}

/** A key pair without a passphrase, or with one. */
export function makeKey(type: string, file: string, passphrase = ''): void {
  execFileSync('ssh-keygen', ['-q', '-t', type, '-N', passphrase, '-f', file, '-C', 'test']);
}

/** All processes below one. */
export function childrenOf(pid: number): number[] {
  let text = '';
  try {
    text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  } catch {
    return [];
  }
  return text.trim().split(' ').filter((word) => word !== '').map(Number).flatMap((child) => [child, ...childrenOf(child)]);
}

/** Processes whose command line holds a text, oneself left out. */
export function processesWith(text: string): string[] {
  const out = execFileSync('ps', ['-eo', 'pid=,stat=,args='], { encoding: 'utf8' });
  return out.split('\n').filter((line) => line.includes(text) && !/^\s*\d+\s+Z/.test(line) && Number(line.trim().split(' ')[0]) !== process.pid);
}

/** The same once they had time to go: on a busy machine one that was killed may stay for a moment. */
export async function processesLeft(text: string): Promise<string[]> {
  for (let tries = 0; tries < 50 && processesWith(text).length > 0; tries++) await new Promise((resolve) => setTimeout(resolve, 100));
  return processesWith(text);
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

/** A TCP port that nobody listens on. */
export function freePort(address = '127.0.0.1'): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, address, () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

async function listening(address: string, port: number, child: ChildProcess, log: () => string): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if (child.exitCode !== null) throw new Error(`sshd ended: ${log()}`);
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, address);
      socket.once('connect', () => {
        socket.destroy();
        resolve(true);
      });
      socket.once('error', () => resolve(false));
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`sshd does not listen: ${log()}`);
}
