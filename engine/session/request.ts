/** One request to a shell: sent, its frames read, its times kept. */
import { collector, type Collector } from './collector.ts';
import { frameReader, newMarker } from './frame.ts';
import { quote } from './quote.ts';
import type { Result } from './session.ts';
import { requestText, type CommandText } from './shell-text.ts';

/** A command and the limits it runs under. */
export interface Command extends CommandText {
  /** Seconds. */
  readonly timeout: number;
  /** Bytes kept of each stream. */
  readonly cap: number;
  /** What it prints before `-creates`, `-removes` or `-cwd`, and nothing else, where that said that it need not or could not run. */
  readonly skipMark?: string | undefined;
  readonly onOutput?: ((text: string, stream: Stream) => void) | undefined;
  /** Called when the command has ended, before the request is over. */
  readonly onEnd?: ((result: Result) => void) | undefined;
}

export type Stream = 'stdout' | 'stderr';

/** What a request tells while it goes on. */
export interface RequestEvents {
  /** All commands that the request reached have ended. */
  over(): void;
  /** A command's time ran out. */
  late(): void;
  /** Relays that only wait for somebody who holds on to an ended command's output. */
  idleRelays(pids: readonly string[]): void;
}

export interface Request {
  /** What the shell's keeper is to read. */
  readonly text: string;
  read(stream: Stream, chunk: Buffer): void;
  /** Gives the command that runs this code, and looks at nothing that comes after. */
  cut(code: number): void;
  /** Undefined for commands that did not end. */
  results(): readonly (Result | undefined)[];
  /** Stops the clocks. */
  dispose(): void;
}

/** The index of no command. */
const nobody = -1;
/** Milliseconds that relays get to end by themselves. */
const relayPatience = 150;

/** Makes a request of commands; the first one's time begins now. */
export function createRequest(commands: readonly Command[], events: RequestEvents): Request {
  const marker = newMarker();
  const runs = commands.map(createRun);
  const clock = createClock(commands, events);
  const at = { stdout: nobody, stderr: nobody };
  const ended = { stdout: 0, stderr: 0 };
  const begun = { stdout: 0, stderr: 0 };
  const over = { stdout: false, stderr: false };
  let relays: { readonly index: number; readonly pid: string }[] = [];
  /** The command that runs, as far as is known. */
  let present = 0;
  let deaf = false;

  const onEnd = (stream: Stream, index: number, code: number) => {
    const run = runs[index];
    if (run && stream === 'stdout') run.code = code;
    // What a run's relay still carries comes from somebody it left behind, and is nobody's output.
    at[stream] = commands[index]?.kind === 'run' ? nobody : index + 1;
    ended[stream] = index + 1;
    if (Math.min(ended.stdout, ended.stderr) < index + 1) return;
    present = index + 1;
    run?.end(clock.next(present));
    // The two streams race: a relay that is known already may be that of the next command, which still runs.
    const idle = relays.filter((relay) => relay.index === index);
    if (idle.length > 0) clock.relays(idle.map(({ pid }) => pid));
  };
  const onFrame = (stream: Stream, [word, first = '', second = '']: readonly string[]) => {
    if (word === 'b') at[stream] = 0;
    if (word === 'g') {
      at[stream] = begun[stream] = Number(first);
      const both = Math.min(begun.stdout, begun.stderr);
      // What was skipped before a group took no time.
      if (both > present) clock.next((present = both));
    }
    if (word === 'e') onEnd(stream, Number(first), Number(second));
    if (word === 'r' && /^\d+$/.test(second)) relays = [...relays, { index: Number(first), pid: second }];
    if (word === 'n') {
      at[stream] = Number(first) + 1;
      relays = relays.filter(({ index }) => index !== Number(first));
      clock.relays([]);
    }
    if (word === 'o') over[stream] = true;
    if (over.stdout && over.stderr) events.over();
  };
  const reader = (stream: Stream) =>
    frameReader(marker, {
      data: (bytes) => void (deaf || runs[at[stream]]?.[stream].add(bytes)),
      frame: (words) => void (deaf || onFrame(stream, words)),
    });
  const readers = { stdout: reader('stdout'), stderr: reader('stderr') };
  return {
    text: `k_p ${quote(requestText(marker, commands))}\n`,
    read: (stream, chunk) => readers[stream].push(chunk),
    cut(code) {
      readers.stdout.flush();
      readers.stderr.flush();
      const run = runs[present];
      if (run) run.code = code;
      run?.end(clock.next(runs.length));
      deaf = true;
    },
    results: () => runs.map((run) => run.result),
    dispose: () => clock.stop(),
  };
}

/** The times of a request: how long the present command has run, and when it has run too long. */
function createClock(commands: readonly Command[], events: RequestEvents) {
  let since = performance.now();
  let timer: NodeJS.Timeout | undefined;
  let relayTimer: NodeJS.Timeout | undefined;
  const arm = (index: number) => {
    clearTimeout(timer);
    const limit = commands[index]?.timeout;
    if (limit !== undefined) timer = setTimeout(events.late, Math.min(limit * 1000, 2 ** 31 - 1));
  };
  arm(0);
  return {
    /** Begins the time of a command; gives the milliseconds that the one before took. */
    next(index: number): number {
      arm(index);
      const before = since;
      since = performance.now();
      return since - before;
    },
    relays(pids: readonly string[]) {
      clearTimeout(relayTimer);
      if (pids.length > 0) relayTimer = setTimeout(() => events.idleRelays(pids), relayPatience);
    },
    stop() {
      clearTimeout(timer);
      clearTimeout(relayTimer);
    },
  };
}

interface CommandRun extends Readonly<Record<Stream, Collector>> {
  code: number;
  result: Result | undefined;
  end(duration: number): void;
}

/** The state of one command while its output comes in. */
function createRun({ cap, onOutput, onEnd }: Command): CommandRun {
  const stdout = collector(cap, onOutput && ((text) => onOutput(text, 'stdout')));
  const stderr = collector(cap, onOutput && ((text) => onOutput(text, 'stderr')));
  return {
    stdout,
    stderr,
    code: -1,
    result: undefined,
    end(duration) {
      const truncated = stdout.truncated() || stderr.truncated();
      this.result = { code: this.code, stdout: stdout.bytes(), stderr: stderr.bytes(), truncated, duration };
      onEnd?.(this.result);
    },
  };
}
