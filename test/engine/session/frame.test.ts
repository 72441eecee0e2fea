import test from 'ava';
import { frameReader, newMarker } from '../../../engine/session/frame.ts';

const marker = 'a'.repeat(32);

/** What a reader makes of chunks: data as text, frames in brackets. */
function read(chunks: readonly (string | Buffer)[]): string[] {
  const seen: string[] = [];
  const reader = frameReader(marker, {
    data: (bytes) => {
      if (seen.at(-1)?.startsWith('data:')) seen.push(seen.pop()! + bytes.toString('latin1'));
      else seen.push(`data:${bytes.toString('latin1')}`);
    },
    frame: (words) => seen.push(`[${words.join(' ')}]`),
  });
  for (const chunk of chunks) reader.push(Buffer.from(chunk as string));
  reader.flush();
  return seen;
}

const stream = `one\n\n${marker} e 0 7\ntwo\n${marker} x\n\n${marker} o\n`;
const answer = ['data:one\n', '[e 0 7]', 'data:two', '[x]', '[o]'];

test('a stream is the same in one chunk, in every pair of chunks, and byte by byte', (t) => {
  t.deepEqual(read([stream]), answer);
  for (let cut = 0; cut <= stream.length; cut++) t.deepEqual(read([stream.slice(0, cut), stream.slice(cut)]), answer, `cut at ${cut}`);
  t.deepEqual(read([...stream]), answer);
});

for (const [what, text] of [
  ['a marker without a newline before it', `x${marker} e 0 0`],
  ['half a marker', `\n${marker.slice(0, 20)} e 0 0\n`],
  ['another marker', `\n${'b'.repeat(32)} e 0 0\n`],
  ['the beginning of a frame that never ends', `\n${marker} e 0`],
  ['newlines alone', '\n\n\n'],
] as const) {
  test(`${what} is data`, (t) => t.deepEqual(read([text]), [`data:${text}`]));
  test(`${what} is data, byte by byte`, (t) => t.deepEqual(read([...text]), [`data:${text}`]));
}

test('binary bytes come through as they are', (t) => {
  const bytes = Buffer.from(Array.from({ length: 1024 }, (_, index) => index % 256));
  t.is(read([bytes, `\n${marker} o\n`])[0], `data:${bytes.toString('latin1')}`);
});

test('a newline at the end of a chunk is handed out as soon as it cannot begin a frame', (t) => {
  const seen: string[] = [];
  const reader = frameReader(marker, { data: (bytes) => void seen.push(bytes.toString()), frame: () => undefined });
  reader.push(Buffer.from('a\n'));
  reader.push(Buffer.from('b'));
  t.is(seen.join(''), 'a\nb');
});

test('markers differ', (t) => {
  const all = new Set(Array.from({ length: 100 }, newMarker));
  t.is(all.size, 100);
  t.regex([...all][0]!, /^[0-9a-f]{32}$/);
});
