/** Content into a process that takes its time, ends too soon, or is not to get it after all. */
import { randomFillSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import test from 'ava';
import type { Ended, Pipes } from '../../../engine/session/pipes.ts';
import { sendContent } from '../../../engine/session/send-content.ts';

const piece = 256 * 1024;
const folder = mkdtempSync(join(tmpdir(), 'kplay-send-'));
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

/** A process that takes what was written only some time after it was written, and notes how much lay before it. */
function slowProcess(takes: number = Infinity) {
  const got: Buffer[] = [];
  let most = 0;
  let end: (ended: Ended) => void = () => undefined;
  const stdin = new Writable({
    highWaterMark: 1,
    write(chunk: Buffer, _encoding, done) {
      most = Math.max(most, stdin.writableLength);
      if (got.length >= takes) return void end({ code: 1, lost: false });
      setTimeout(() => {
        got.push(Buffer.from(chunk));
        done();
      }, 3);
    },
  });
  const ended = new Promise<Ended>((resolve) => (end = resolve));
  const pipes: Pipes = { stdin, stdout: new PassThrough(), stderr: new PassThrough(), ended, destroy: () => undefined };
  return { pipes, most: () => most, async all() { await new Promise<void>((resolve) => stdin.end(resolve)); return Buffer.concat(got); } };
}

for (const size of [1, piece - 1, piece, piece + 1, 5 * piece + 7]) {
  test(`${size} bytes arrive as they are, from a file, from memory, as text`, async (t) => {
    const bytes = randomFillSync(Buffer.alloc(size));
    const localPath = join(folder, String(size));
    writeFileSync(localPath, bytes);
    const text = bytes.toString('base64').slice(0, size);
    for (const [content, wanted] of [[{ localPath }, bytes], [{ bytes }, bytes], [{ text }, Buffer.from(text)]] as const) {
      const { pipes, all, most } = slowProcess();
      const told: number[] = [];
      t.is(await sendContent(pipes, content, size, { host: 'h', onProgress: (sent, total) => void told.push(sent, total) }), size);
      t.true(wanted.equals(await all()));
      t.deepEqual(told.slice(-2), [size, size]);
      t.true(most() <= 2 * piece, `${most()} bytes lay before it`);
    }
  });
}

test('of a file that has more, only so many bytes are sent; of one that has fewer, it is told how many there were', async (t) => {
  const bytes = randomFillSync(Buffer.alloc(piece + 100));
  const localPath = join(folder, 'other');
  writeFileSync(localPath, bytes);
  const less = slowProcess();
  t.is(await sendContent(less.pipes, { localPath }, piece + 10, { host: 'h' }), piece + 10);
  t.is((await less.all()).length, piece + 10);
  t.is(await sendContent(slowProcess().pipes, { localPath }, 3 * piece, { host: 'h' }), piece + 100);
});

test('a process that ends without having taken all ends it', async (t) => {
  t.is(await sendContent(slowProcess(2).pipes, { bytes: Buffer.alloc(9 * piece) }, 9 * piece, { host: 'h' }), undefined);
});

test('a signal ends it', async (t) => {
  const abort = new AbortController();
  const { pipes, all } = slowProcess();
  const onProgress = (sent: number) => void (sent >= 2 * piece && abort.abort());
  t.is(await sendContent(pipes, { bytes: Buffer.alloc(9 * piece) }, 9 * piece, { host: 'h', onProgress, signal: abort.signal }), undefined);
  t.is((await all()).length, 2 * piece);
});
