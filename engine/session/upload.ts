/** Large content on a channel of its own: raw bytes into a temporary file that a guard removes unless it is used. */
import { newMarker } from './frame.ts';
import { within } from './patience.ts';
import type { Launch, Pipes } from './pipes.ts';
import { lostShell } from './shell.ts';
import { sendContent } from './send-content.ts';
import { sideText } from './shell-text.ts';
import type { Content, Write } from './step.ts';
import type { Wire } from './wire.ts';
import { besideText, newTemporaryName, writeFunctions } from './write-text.ts';

/** An upload that is complete and waits to be used. */
export interface Upload {
  /** The bare name of the temporary file. */
  readonly name: string;
  /** Where it stands on the host. */
  readonly path: string;
  /** Lets the guard go; it removes the file unless that was renamed. */
  done(): Promise<void>;
}

/** What an upload needs beside its content. */
export interface UploadContext {
  readonly host: string;
  readonly launch: Launch;
  readonly sh: string;
  readonly wire: Wire;
  readonly onProgress?: ((sent: number, total: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The host would not take the content: no such directory, no space left; or the caller wanted it ended. */
export class UploadFailed extends Error {
  override readonly name = 'UploadFailed';
}

/** Uploads a write's content beside its place. Throws {@link UploadFailed}, Unreachable, and what reading the source throws. */
export function uploadBeside(step: Write, size: number, context: UploadContext): Promise<Upload> {
  const name = newTemporaryName();
  return upload(name, besideText(step, name), step.content, size, context);
}

/** Uploads what a command is to read, to memory where the host has such a place. Throws as {@link uploadBeside}. */
export function uploadStdin(content: string | Buffer, context: UploadContext): Promise<Upload> {
  const name = newTemporaryName();
  const places = '/dev/shm "$XDG_RUNTIME_DIR" "${TMPDIR:-/tmp}"';
  const place = `for k_dir in ${places}; do [ ! -d "$k_dir" ] || [ ! -w "$k_dir" ] || break; done\nk_temp "$k_dir/${name}"`;
  return upload(name, place, typeof content === 'string' ? { text: content } : { bytes: content }, Buffer.byteLength(content), context);
}

async function upload(name: string, place: string, content: Content, size: number, context: UploadContext): Promise<Upload> {
  const { signal, wire } = context;
  if (signal?.aborted) throw new UploadFailed('ended before it began');
  const end = wire.begin('transfer');
  try {
    return await send(name, place, content, size, context);
  } finally {
    end({ sent: size, received: 0 });
  }
}

async function send(name: string, place: string, content: Content, size: number, context: UploadContext): Promise<Upload> {
  const { host, launch, sh, signal } = context;
  const marker = newMarker();
  const pipes = await launch(sideText(sh));
  const abort = () => pipes.stdin.end();
  signal?.addEventListener('abort', abort, { once: true });
  try {
    const lines = readLines(pipes, marker);
    pipes.stdin.on('error', () => undefined);
    pipes.stdin.write(`${Buffer.from(guardText(place, marker, size)).toString('base64')}\n`);
    await lines.next(host, signal);
    const sent = await sendContent(pipes, content, size, context);
    if (sent !== undefined && sent < size) throw new UploadFailed(`the file changed while it was sent: ${sent} of ${size} bytes were there`);
    const path = await lines.next(host, signal);
    return { name, path, done: () => finish(pipes) };
  } catch (error) {
    await finish(pipes);
    throw error;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

/** Takes exactly `size` bytes, says so, and stays until its input ends; whatever ends it, the file goes with it. */
function guardText(place: string, marker: string, size: number): string {
  return `${writeFunctions}${place}
: >"$k_t" || exit 1
echo '${marker} ready'
head -c ${size} >|"$k_t" || exit 1
[ $(wc -c <"$k_t") -eq ${size} ] || k_no 'the upload was cut off'
echo "${marker} $k_t"
read -r k_x
exit 0
`;
}

async function finish(pipes: Pipes): Promise<void> {
  pipes.stdin.end();
  if (!(await within(5000, pipes.ended))) pipes.destroy();
}

/** The marked lines that the guard prints, one at a time. */
function readLines(pipes: Pipes, marker: string): { next(host: string, signal?: AbortSignal): Promise<string> } {
  let text = '';
  let message = '';
  let wake = () => {};
  const mark = `${marker} `;
  pipes.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString('utf8');
    wake();
  });
  pipes.stderr.on('data', (chunk: Buffer) => (message = (message + chunk.toString('utf8')).slice(-4096)));
  pipes.stdout.resume();
  pipes.stderr.resume();
  let ended = false;
  void pipes.ended.then(() => {
    ended = true;
    wake();
  });
  return {
    async next(host, signal) {
      for (;;) {
        const at = text.indexOf(mark);
        const end = text.indexOf('\n', at + mark.length);
        if (at >= 0 && end >= 0) {
          const line = text.slice(at + mark.length, end);
          text = text.slice(end + 1);
          return line;
        }
        if (ended) throw await failure(pipes, host, message, signal);
        await new Promise<void>((resolve) => (wake = resolve));
      }
    },
  };
}

async function failure(pipes: Pipes, host: string, message: string, signal?: AbortSignal): Promise<Error> {
  const { lost } = await pipes.ended;
  if (signal?.aborted) return new UploadFailed('ended while content was sent');
  return lost ? lostShell(host) : new UploadFailed(message.trim() || 'the host did not take the content');
}
