/**
 * Chance without a state: a draw is a function of (seed, user, task, which draw), so the same user's n-th task draws the same whatever
 * the timing was, and nothing is stored. `Random` of base would need an object for each task, which at 75 000 tasks a second shows.
 *
 * Each level is a splitmix32 step (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014, in 32 bits).
 */

const golden = 0x9e3779b9;

/** What all draws of one user begin from. */
export function userKey(seed: number, user: number): number {
  return mix(mix(seed | 0) ^ Math.imul(user + 1, golden));
}

/** What the draws of this user's task number `task` (from 0) begin from. */
export function taskKey(user: number, task: number): number {
  return mix(user + Math.imul(task + 1, golden));
}

/** Draw number `index` of the task: uniform in [0, 1). */
export function draw(task: number, index: number): number {
  return mix(task + Math.imul(index + 1, golden)) / 4_294_967_296;
}

/** Uniform among 0…count − 1. */
export function drawIndex(task: number, index: number, count: number): number {
  return Math.floor(draw(task, index) * count);
}

/** One-to-one on 32 bits. */
export function mix(value: number): number {
  let t = value ^ (value >>> 16);
  t = Math.imul(t, 0x21f0aaad);
  t ^= t >>> 15;
  t = Math.imul(t, 0x735a2d97);
  return (t ^ (t >>> 15)) >>> 0;
}
