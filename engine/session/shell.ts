/** One long-lived shell on a host: requests go in, one at a time; each command's code and output come out. */
import { within } from './patience.ts';
import type { Pipes } from './pipes.ts';
import { quote } from './quote.ts';
import { createRequest, type Command, type Request } from './request.ts';
import { Unreachable, type Result } from './session.ts';
import { keeperText, workerText } from './shell-text.ts';
import { openWire } from './wire.ts';

/** What became of a request: a result for each command that ran. */
export interface Answer {
  /** Undefined where a command was not run, or was cut off by another one's timeout. */
  readonly results: readonly (Result | undefined)[];
  /** Set where the shell was ended to end a command; such a shell cannot be used again. */
  readonly cut?: 'timeout' | 'abort' | undefined;
}

export interface Shell {
  /** Runs commands in order; throws {@link Unreachable} `lost` where the shell goes away meanwhile. */
  run(commands: readonly Command[], signal?: AbortSignal): Promise<Answer>;
  /** False once it has ended or was told to. */
  alive(): boolean;
  /** Ends what still runs, then the shell; waits for that at most five seconds. */
  close(): Promise<void>;
}

/** Milliseconds that a shell gets to end its commands, which it kills after two seconds: longer where the answer is to be true. */
const endPatience = 10_000;
const closePatience = 5000;

/** A shell in a process that was started with `startText`. */
export function createShell(host: string, pipes: Pipes, sh = '/bin/sh', wire = openWire(host)): Shell {
  let open = true;
  let received = 0;
  let current: { readonly request: Request; readonly lost: () => void } | undefined;
  const read = (stream: 'stdout' | 'stderr') => (chunk: Buffer) => {
    received += chunk.length;
    current?.request.read(stream, chunk);
  };
  pipes.stdout.on('data', read('stdout'));
  pipes.stderr.on('data', read('stderr'));
  pipes.stdout.resume();
  pipes.stderr.resume();
  pipes.stdin.on('error', () => undefined);
  pipes.stdin.write(`${keeperText}k_p ${quote(workerText(sh))}\n`);
  void pipes.ended.then(() => {
    open = false;
    current?.lost();
  });

  const end = async (patience: number): Promise<boolean> => {
    open = false;
    pipes.stdin.end();
    const gone = await within(patience, pipes.ended);
    if (!gone) pipes.destroy();
    return gone;
  };
  const begin = (commands: readonly Command[], signal: AbortSignal | undefined) => {
    let cut: Answer['cut'];
    let abort = () => {};
    const answer = new Promise<Answer>((resolve, reject) => {
      const stop = (why: 'timeout' | 'abort') => {
        if (cut) return;
        cut = why;
        request.cut(why === 'timeout' ? 124 : 130);
        void end(endPatience).then((gone) => (gone ? resolve({ results: request.results(), cut }) : reject(lostShell(host))));
      };
      const request = createRequest(commands, {
        over: () => resolve({ results: request.results() }),
        late: () => stop('timeout'),
        idleRelays: (pids) => void pipes.stdin.write(`kill -s PIPE ${pids.join(' ')}\n`),
      });
      abort = () => stop('abort');
      current = { request, lost: () => cut || reject(lostShell(host)) };
    });
    signal?.addEventListener('abort', abort, { once: true });
    pipes.stdin.write(current!.request.text);
    return { answer, sent: Buffer.byteLength(current!.request.text), forget: () => signal?.removeEventListener('abort', abort) };
  };
  return {
    alive: () => open,
    close: async () => void (await end(closePatience)),
    async run(commands, signal) {
      if (!open) throw lostShell(host);
      if (signal?.aborted) return { results: [], cut: 'abort' };
      const before = received;
      const end = wire.begin('request');
      const { answer, sent, forget } = begin(commands, signal);
      try {
        return await answer;
      } finally {
        end({ sent, received: received - before });
        forget();
        current?.request.dispose();
        current = undefined;
      }
    },
  };
}

/** The error of a shell that went away while something was asked of it. */
export function lostShell(host: string): Unreachable {
  return new Unreachable(host, 'lost', 'the connection was lost; whether the command that ran there has ended is not known', 'run again once the host answers: what is done already is not done twice');
}
