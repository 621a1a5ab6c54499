/**
 * Chance, handed in and repeatable: the same seed draws the same values on every machine.
 *
 * The generator is sfc32 (Chris Doty-Humphrey, PractRand), seeded through splitmix32. It is fast and passes PractRand; it is not
 * for secrets (take `node:crypto` for those).
 */

/** A source of chance. */
export interface Random {
  /** Uniform in [0, 1), 32 bits of it. */
  next(): number;
  /** Uniform among the whole numbers `min`…`max`, both included. */
  int(min: number, max: number): number;
  /** One of the list, uniformly. Throws a RangeError when the list is empty. */
  pick<T>(list: readonly T[]): T;
  /** An independent source, the same for the same seed and label. */
  fork(label: string | number): Random;
}

/** A source that draws the same values for the same seed. */
export function seededRandom(seed: number | string): Random {
  const start = typeof seed === 'number' ? seed >>> 0 : hash(seed);
  const next = sfc32(start);
  return {
    next,
    int: (min, max) => min + Math.floor(next() * (max - min + 1)),
    pick(list) {
      if (list.length === 0) throw new RangeError('The list is empty; a draw needs at least one value.');
      return list[Math.floor(next() * list.length)] as (typeof list)[number];
    },
    fork: (label) => seededRandom(`${start}/${label}`),
  };
}

function sfc32(seed: number): () => number {
  const draw = splitmix32(seed);
  let a = draw();
  let b = draw();
  let c = draw();
  let counter = 1;
  return () => {
    const t = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + t;
    c |= 0;
    return (t >>> 0) / 4294967296;
  };
}

function splitmix32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let t = state ^ (state >>> 16);
    t = Math.imul(t, 0x21f0aaad);
    t ^= t >>> 15;
    t = Math.imul(t, 0x735a2d97);
    return t ^ (t >>> 15);
  };
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}
