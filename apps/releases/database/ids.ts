/**
 * Ids made by the application, the same on every database: a ULID (https://github.com/ulid/spec) of 26 characters, in the order of its
 * time, so that new rows lie at the end of every index; and of one maker in the order of its making, so that rows of one millisecond are read
 * in the order in which they were written.
 */

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** An id for the time `epochMs`; `chance` fills 16 bytes (10 are used). */
export function makeId(epochMs: number, chance: Uint8Array): string {
  let text = '';
  let rest = Math.floor(epochMs);
  for (let i = 0; i < 10; i++) {
    text = alphabet.charAt(rest % 32) + text;
    rest = Math.floor(rest / 32);
  }
  for (let i = 0; i < 16; i++) text += alphabet.charAt((chance[i] as number) & 31);
  return text;
}

/** Each id comes after the one before, whatever the clock does meanwhile ("Monotonicity" in the specification of ULIDs). */
export function idMaker(epochMs: () => number, chance: () => Uint8Array): () => string {
  let lastMs = Number.NEGATIVE_INFINITY;
  let last = '';
  return () => {
    const nowMs = Math.floor(epochMs());
    last = nowMs > lastMs ? makeId(nowMs, chance()) : idAfter(last);
    lastMs = Math.max(lastMs, nowMs);
    return last;
  };
}

/** The next text in order. */
function idAfter(id: string): string {
  const at = id.search(/.Z*$/);
  return id.slice(0, at) + alphabet.charAt(alphabet.indexOf(id.charAt(at)) + 1) + '0'.repeat(id.length - at - 1);
}

/** Whether a text can be an id: what comes in a path is looked up only then. */
export function isId(text: string): boolean {
  return /^[0-9A-HJKMNP-TV-Z]{26}$/.test(text);
}
