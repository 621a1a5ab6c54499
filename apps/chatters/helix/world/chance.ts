/** Chance by place instead of by turn: the same numbers give the same value, in whatever order they are asked for. */

/** Uniform among 0 … 2³² − 1. */
export function mixed(seed: number, ...places: readonly number[]): number {
  let state = seed | 0;
  for (const place of places) {
    state = scrambled(state ^ (place | 0));
    // What does not fit into 32 bits counts, too.
    state = scrambled(state + Math.floor(place / 0x1_0000_0000));
  }
  return scrambled(state) >>> 0;
}

/** Uniform in [0, 1). */
export function share(seed: number, ...places: readonly number[]): number {
  return mixed(seed, ...places) / 0x1_0000_0000;
}

/** One of the list. */
export function picked<T>(list: readonly T[], seed: number, ...places: readonly number[]): T {
  return list[mixed(seed, ...places) % list.length] as T;
}

/**
 * The `index`th of the numbers 0 … `count` − 1 in an order that looks like chance; each comes once. A Feistel network of four rounds over the
 * next power of four, walked until the value lies within (Black and Rogaway 2002, cycle walking).
 */
export function shuffled(index: number, count: number, seed: number): number {
  const halfBits = Math.max(1, Math.ceil(Math.log2(count) / 2));
  const size = 2 ** halfBits;
  let value = index;
  do {
    let left = Math.floor(value / size);
    let right = value % size;
    for (let round = 0; round < 4; round++) [left, right] = [right, left ^ (mixed(seed, round, right) % size)];
    value = left * size + right;
  } while (value >= count);
  return value;
}

/** The finisher of splitmix32: every bit of the input changes half of the output's. */
function scrambled(value: number): number {
  let t = (value + 0x9e3779b9) | 0;
  t = Math.imul(t ^ (t >>> 16), 0x21f0aaad);
  t = Math.imul(t ^ (t >>> 15), 0x735a2d97);
  return t ^ (t >>> 15);
}
