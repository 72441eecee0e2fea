/** The controller itself as a host: processes are started here, everything else is as over ssh. */
import { spawn } from 'node:child_process';
import { userInfo } from 'node:os';
import { createConnection, type ConnectionOptions, type Transport } from './connection.ts';
import type { Ended, Pipes } from './pipes.ts';
import type { Connection, Target } from './session.ts';
import type { Wire } from './wire.ts';

/** A connection to the controller itself, with its own environment and user. */
export function connectLocal(target: Pick<Target, 'host'>, options: ConnectionOptions = {}): Promise<Connection> {
  const open = async (_pressure: () => void, wire: Wire) => {
    wire.roundTrip(0);
    return openLocal();
  };
  return createConnection(target.host, open, options);
}

function openLocal(): Transport {
  const children = new Set<Pipes>();
  const launch = async (command: string) => {
    const pipes = spawnPipes(command);
    children.add(pipes);
    void pipes.ended.then(() => children.delete(pipes));
    return pipes;
  };
  return {
    user: userName(),
    launch,
    alive: () => true,
    crowded: () => false,
    gone: new Promise(() => undefined),
    close: async () => children.forEach((pipes) => pipes.destroy()),
  };
}

/** Its own session, so that Ctrl-C in the terminal reaches only us; we end our children ourselves. */
function spawnPipes(command: string): Pipes {
  const child = spawn('/bin/sh', ['-c', command], { detached: true, stdio: 'pipe' });
  const ended = new Promise<Ended>((resolve) => {
    child.once('error', () => resolve({ lost: true }));
    child.once('close', (code) => resolve({ code: code ?? undefined, lost: false }));
  });
  // A daemon that a question left behind may keep our pipes open; the shell is gone all the same.
  child.once('exit', () => setTimeout(destroy, 200).unref());
  const destroy = () => {
    child.stdin.destroy();
    child.stdout.destroy();
    child.stderr.destroy();
  };
  return {
    stdin: child.stdin,
    stdout: child.stdout,
    stderr: child.stderr,
    ended,
    destroy,
  };
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? '');
  }
}
