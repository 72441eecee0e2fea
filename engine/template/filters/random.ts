/** Random choices. With a seed they are those that Python's generator makes, so that a host keeps its minute of the hour. */
import { createHash, randomInt } from 'node:crypto';
import { iterate, numeric, toWhole, typeName } from '../convert.ts';
import { Fault } from '../fault.ts';
import { filter } from '../registry.ts';
import type { Value } from '../value.ts';

/** Gives whole numbers from 0 to below `n`. */
type Below = (n: number) => number;

/** `10 | random(1, 2, seed='x')`, `list | random(seed='x')`. */
export const randomFilter = filter('start? step? seed?', (value, [start = null, step = null, seed = null]) => {
  const below = source(seed);
  const end = numeric(value);
  if (end === undefined || typeof value === 'boolean') return choose(iterate(value), start, step, below);
  const [from, by] = [start === null ? 0 : toWhole(start), step === null ? 1 : toWhole(step) || 1];
  const count = Math.ceil((end - from) / by);
  if (count <= 0) throw new Fault(`there is no whole number from ${from} to below ${end}`);
  return from + by * below(count);
});

function choose(items: readonly Value[], start: Value, step: Value, below: Below): Value {
  if (start !== null || step !== null) throw new Fault('start and step are for numbers alone');
  if (items.length === 0) throw new Fault('the list is empty, there is nothing to choose from');
  return items[below(items.length)]!;
}

/** The items in another order. */
export function shuffle(items: readonly Value[], seed: Value): Value[] {
  const below = source(seed === '' || seed === 0 ? null : seed);
  const mixed = [...items];
  for (let i = mixed.length - 1; i > 0; i--) {
    const j = below(i + 1);
    [mixed[i], mixed[j]] = [mixed[j]!, mixed[i]!];
  }
  return mixed;
}

function source(seed: Value): Below {
  return seed === null ? (n) => randomInt(n) : seeded(seedWords(seed));
}

/** The 32-bit words that Python seeds its generator with, lowest first. */
function seedWords(seed: Value): number[] {
  if (typeof seed === 'string') {
    const text = Buffer.from(seed, 'utf8');
    return wordsOf(BigInt(`0x${Buffer.concat([text, createHash('sha512').update(text).digest()]).toString('hex')}`));
  }
  const number = numeric(seed);
  if (number === undefined || !Number.isInteger(number)) throw new Fault(`expected a text or a whole number as the seed, found ${typeName(seed)}`);
  return wordsOf(BigInt(Math.abs(number)));
}

function wordsOf(number: bigint): number[] {
  const words: number[] = [];
  for (let rest = number; rest > 0n; rest >>= 32n) words.push(Number(rest & 0xffffffffn));
  return words.length === 0 ? [0] : words;
}

/** Python's `_randbelow` over the Mersenne Twister (MT19937, seeded by array). */
function seeded(words: readonly number[]): Below {
  const next = twister(words);
  const bits = (count: number): number => {
    if (count <= 32) return next() >>> (32 - count);
    const low = next();
    return (next() >>> (64 - count)) * 2 ** 32 + low;
  };
  return (n) => {
    const count = n.toString(2).length;
    for (;;) {
      const drawn = bits(count);
      if (drawn < n) return drawn;
    }
  };
}

const size = 624;

function initial(seed: number): Uint32Array {
  const state = new Uint32Array(size);
  state[0] = seed;
  for (let i = 1; i < size; i++) state[i] = Math.imul(1812433253, state[i - 1]! ^ (state[i - 1]! >>> 30)) + i;
  return state;
}

function twister(words: readonly number[]): () => number {
  const state = initial(19650218);
  let i = 1;
  let j = 0;
  const step = (factor: number, added: number): void => {
    state[i] = (state[i]! ^ Math.imul(state[i - 1]! ^ (state[i - 1]! >>> 30), factor)) + added;
    if (++i >= size) {
      state[0] = state[size - 1]!;
      i = 1;
    }
  };
  for (let k = Math.max(size, words.length); k > 0; k--) {
    step(1664525, words[j]! + j);
    if (++j >= words.length) j = 0;
  }
  for (let k = size - 1; k > 0; k--) step(1566083941, -i);
  state[0] = 0x80000000;
  let at = size;
  return () => {
    if (at >= size) {
      refill(state);
      at = 0;
    }
    let y = state[at++]!;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  };
}

function refill(state: Uint32Array): void {
  for (let i = 0; i < size; i++) {
    const y = (state[i]! & 0x80000000) | (state[(i + 1) % size]! & 0x7fffffff);
    state[i] = state[(i + 397) % size]! ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
  }
}
