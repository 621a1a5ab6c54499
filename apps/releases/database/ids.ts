/**
 * Ids made by the application, the same on every database: a ULID (https://github.com/ulid/spec) of 26 characters, in the order of its
 * time, so that new rows lie at the end of every index.
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

/** Whether a text can be an id: what comes in a path is looked up only then. */
export function isId(text: string): boolean {
  return /^[0-9A-HJKMNP-TV-Z]{26}$/.test(text);
}
