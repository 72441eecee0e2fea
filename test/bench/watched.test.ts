/** Programs that are watched: their output, their end, their processor and memory. */
import { tmpdir } from 'node:os';
import test from 'ava';
import { processorOf, watch } from '../../bench/watched.ts';

const undos: (() => Promise<void> | void)[] = [];
const stage = { folder: tmpdir(), rounds: 1, say: () => undefined, onEnd: (undo: () => Promise<void> | void) => void undos.push(undo) };

test('the processor time of children is on the second line of times', (t) => {
  t.is(processorOf('0m9.00s 0m9.00s\n0m1.25s 1m0.50s\n'), 61.75);
});

test('both outputs are read, in the environment and folder that were asked for', async (t) => {
  const { output, seconds } = await watch(stage, ['sh', '-c', 'echo "$WORD in $(pwd)"; echo trouble >&2'], { cwd: '/', env: { WORD: 'seen' } });
  t.is(output, 'seen in /\ntrouble\n');
  t.true(seconds > 0);
});

test('a program that fails is an error with its last words', async (t) => {
  await t.throwsAsync(watch(stage, ['sh', '-c', 'echo the reason; exit 3']), { message: /ended with 3:\nthe reason/ });
});

test('memory and processor are those of the program and of all below it', async (t) => {
  const hold = 'const held = Buffer.alloc(60e6, 1); const end = Date.now() + 1200; while (Date.now() < end) held[0]++;';
  const { memory, processor } = await watch(stage, ['sh', '-c', '"$0" -e "$1" & "$0" -e "$1"; wait', process.execPath, hold]);
  t.true(memory > 120e6, String(memory));
  t.true(processor > 0);
});

test('a program does not outlive the stage', async (t) => {
  const watched = watch(stage, ['sleep', '60']);
  const failed = t.throwsAsync(watched, { message: /ended with a signal/ });
  await undos.at(-1)!();
  await failed;
});
