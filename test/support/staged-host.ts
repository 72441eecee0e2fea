/** A host of which nothing is real: it is told to reboot, and looked at until it is back. */
import type { ExecutionContext } from 'ava';
import { Unreachable, type Connection, type Result, type Session, type Target } from '../../engine/session/session.ts';
import type { Run } from '../../engine/session/step.ts';
import { onWeb, playFiles, type Played } from './play.ts';

/** What it does when it is told to reboot, and what it is like at each look after that. */
export interface Scene {
  /** What performing the reboot gives; default: it ends well. */
  readonly performed?: 'lost' | 'refused' | { readonly code: number; readonly stderr: string };
  /** Boot ids, look by look; the last one stays. `lost` breaks the connection, `gone` lets nobody in, '' tells nothing. */
  readonly looks: readonly string[];
  /** Exit codes of the test command, one by one; the last one stays. Default 0. */
  readonly tests?: readonly number[];
}

export interface Staged {
  readonly connect: (target: Target) => Promise<Connection>;
  readonly steps: Run[];
  readonly asked: string[];
  /** Seconds that connects were given. */
  readonly timeouts: (number | undefined)[];
  /** Connections that are open, and the most that were at once. */
  open: number;
  mostOpen: number;
}

/** What a command left behind. */
export const answer = (code: number, stdout = '', stderr = ''): Result => ({ code, stdout: Buffer.from(stdout), stderr: Buffer.from(stderr), truncated: false, duration: 1 });

/** Sets the scene. */
export function stage({ performed, looks, tests = [0] }: Scene): Staged {
  let at = -1;
  let tested = -1;
  const next = <T>(list: readonly T[], index: number): T => list[Math.min(index, list.length - 1)]!;
  const staged: Staged = {
    steps: [], asked: [], timeouts: [], open: 0, mostOpen: 0,
    async connect(target) {
      staged.timeouts.push(target.connectTimeout);
      if (at >= 0 && next(looks, at) === 'gone') {
        at++;
        throw new Unreachable(target.host, 'refused', 'nobody is at home');
      }
      staged.mostOpen = Math.max(staged.mostOpen, ++staged.open);
      const session: Session = { host: target.host, ask, stat: async () => undefined, read: async () => undefined, perform, performTogether: () => [] };
      return { host: target.host, session: async () => session, opened: () => true, idle: () => 0, reset: async () => undefined, close: async () => void staged.open-- };
    },
  };
  const ask = async (argv: readonly string[]): Promise<Result> => {
    staged.asked.push(argv.join(' '));
    if (argv[0] !== 'cat') return argv.join(' ').includes('shutdown reboot') ? answer(0, '/sbin/shutdown\n') : answer(next(tests, ++tested), '', 'not ready');
    if (at < 0) return answer(0, 'old\n');
    const id = next(looks, at++);
    if (id === 'lost' || id === 'gone') throw new Unreachable('h1', 'lost', 'the connection was lost');
    return id === '' ? answer(1) : answer(0, `${id}\n`);
  };
  const perform: Session['perform'] = async ([step]) => {
    staged.steps.push(step as Run);
    at = 0;
    if (performed === 'lost' || performed === 'refused') throw new Unreachable('h1', performed, 'the connection was lost');
    const { code, stderr } = performed ?? { code: 0, stderr: '' };
    return [{ ...answer(code, '', stderr), step: step!, ok: ((step as Run).codes as number[]).includes(code) }];
  };
  return staged;
}

/** Plays a reboot of it, and a task after that. */
export async function rebooted(t: ExecutionContext, scene: Scene, params = '{}', options: Parameters<typeof playFiles>[2] = {}): Promise<Played & { readonly staged: Staged }> {
  const staged = stage(scene);
  const played = await playFiles(t, onWeb(`- {name: Reboot, reboot: ${params}}\n- {name: Look, stat: {path: /x}}\n- {name: After, debug: {msg: after}}`), { limit: 'h1', connect: staged.connect, ...options });
  return { ...played, staged };
}
