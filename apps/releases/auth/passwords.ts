/**
 * Passwords: hashed by scrypt (RFC 7914) on the thread pool, a few at a time, with the parameters kept in the hash.
 *
 * N = 2^13, r = 8, p = 3 costs about 44 ms of a core and 8 MB: dear enough for a guesser, cheap enough that ten logins a second take half
 * a core. An unknown user costs the same as a known one.
 */
import { scrypt, timingSafeEqual } from 'node:crypto';
import { releasesError } from '../errors.ts';

export interface Passwords {
  /** `scrypt$N$r$p$salt$key`, salt and key in base64url. Throws LOGIN_BUSY. */
  hash(password: string, salt: Uint8Array): Promise<string>;
  /** Whether the password made this hash; without a hash, false after the same work. Throws LOGIN_BUSY. */
  verify(password: string, hash: string | undefined): Promise<boolean>;
}

export interface PasswordOptions {
  /** Hashes computed at the same time; each holds a thread and 8 MB. */
  readonly parallel: number;
  /** Logins that may wait for their turn; one more is refused. */
  readonly maxWaiting: number;
}

interface Cost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

const cost: Cost = { N: 8192, r: 8, p: 3 };
const keyBytes = 32;
/** No hash from the table may ask for more than this, whoever wrote it there. */
const mostMemoryBytes = 64 * 1024 * 1024;

export function createPasswords(options: PasswordOptions): Passwords {
  const turn = turns(options);
  const derive = (password: string, salt: Uint8Array, { N, r, p }: Cost): Promise<Buffer> =>
    turn(
      () =>
        new Promise((resolve, reject) => {
          scrypt(password.normalize('NFKC'), salt, keyBytes, { N, r, p, maxmem: mostMemoryBytes }, (error, key) =>
            error === null ? resolve(key) : reject(error),
          );
        }),
    );
  return {
    async hash(password, salt) {
      const key = await derive(password, salt, cost);
      return ['scrypt', cost.N, cost.r, cost.p, base64(salt), base64(key)].join('$');
    },
    async verify(password, hash) {
      const known = hash === undefined ? undefined : parse(hash);
      const key = await derive(password, known?.salt ?? Buffer.alloc(16), known?.cost ?? cost);
      return known !== undefined && timingSafeEqual(key, known.key);
    },
  };
}

function parse(hash: string): { cost: Cost; salt: Buffer; key: Buffer } | undefined {
  const match = /^scrypt\$(\d{1,6})\$(\d{1,2})\$(\d{1,2})\$([\w-]+)\$([\w-]{43})$/.exec(hash);
  if (match === null) return undefined;
  const [N, r, p] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const key = Buffer.from(match[5] as string, 'base64url');
  return { cost: { N, r, p }, salt: Buffer.from(match[4] as string, 'base64url'), key };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}

/** Lets `parallel` run and `maxWaiting` wait, first come first served. */
function turns({ parallel, maxWaiting }: PasswordOptions): <T>(run: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (run) => {
    if (running >= parallel) {
      if (waiting.length >= maxWaiting) throw releasesError('LOGIN_BUSY', { waiting: waiting.length });
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else {
      running++;
    }
    try {
      return await run();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}
