/** The frames of one request, in every order in which two streams can bring them. */
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { createRequest, type Command, type Request, type Stream } from '../../../engine/session/request.ts';

const command = { kind: 'run', text: 'true', timeout: 60, cap: 1024 } as unknown as Command;

/** A request of two commands, and what it was told to do about relays. */
function twoRuns(): { readonly request: Request; readonly idle: string[][]; readonly over: () => boolean; say(stream: Stream, words: string): void } {
  const idle: string[][] = [];
  let over = false;
  const request = createRequest([command, command], { over: () => { over = true; }, late: () => undefined, idleRelays: (pids) => void idle.push([...pids]) });
  const marker = /[0-9a-f]{32}/.exec(request.text)![0];
  return { request, idle, over: () => over, say: (stream, words) => request.read(stream, Buffer.from(`\n${marker} ${words}\n`)) };
}

test('the relay of a command that runs is left alone when stderr ends the one before it late', async (t) => {
  const { request, idle, over, say } = twoRuns();
  for (const words of ['b', 'r 0 100', 'e 0 0', 'n 0', 'r 1 200']) say('stdout', words);
  for (const words of ['b', 'e 0 0']) say('stderr', words);
  await sleep(300);
  t.deepEqual(idle.flat().filter((pid) => pid === '200'), []);
  request.read('stdout', Buffer.from('second'));
  for (const stream of ['stdout', 'stderr'] as const) for (const words of ['e 1 7', 'n 1', 'o']) say(stream, words);
  t.true(over());
  t.deepEqual(request.results().map((result) => [result?.code, result?.stdout.toString()]), [[0, ''], [7, 'second']]);
  request.dispose();
});

test('a relay that outlives its command is named after a while, so that the next one can begin', async (t) => {
  const { request, idle, say } = twoRuns();
  for (const words of ['b', 'r 0 100', 'e 0 0']) say('stdout', words);
  for (const words of ['b', 'r 0 101', 'e 0 0']) say('stderr', words);
  await sleep(300);
  t.deepEqual(idle, [['100', '101']]);
  request.dispose();
});
