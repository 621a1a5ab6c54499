/** What can be set on sessions, and why it is as it is. */
import { optionChecks } from '../options.ts';
import type { Copies, Durable, WriteOptions } from '../state/index.ts';
import { type CheckedCookie, type CookieOptions, checkedCookie } from './cookie.ts';
import type { FieldKey } from './stored/seal.ts';

export interface SessionOptions {
  /**
   * Sign the cookie: the first signs, all verify, so that one can be replaced without logging anybody out. Each at least 32 bytes of
   * text: as many as the hash gives.
   */
  readonly secrets: readonly string[];
  readonly cookie?: CookieOptions;
  /** The longest that a session lives, however it is used. Default 24 h: a stolen cookie is worth a day at most. */
  readonly absoluteMs?: number;
  /** A session that nobody uses ends after it. Default 2 h. */
  readonly idleMs?: number;
  /** A use is written down at most so often. Default `idleMs` / 24: 5 minutes of 2 hours, so that a read is no write. */
  readonly touchEveryMs?: number;
  /** How long the old id still answers after a new one was given, with what it had. Default 10 s: requests that were under way end by then. */
  readonly graceMs?: number;
  /** Bytes of one stored session. Default 16 KiB: it is read with every request. */
  readonly maxBytes?: number;
  /** Fields of one session. Default 64. */
  readonly maxFields?: number;
  /** Sessions of one user; one more ends the one that would have ended first. Default 50. */
  readonly maxPerUser?: number;
  /** Names of labels that are counted over all sessions (`region`). Default none: each costs a call when a session is made or touched. */
  readonly labels?: readonly string[];
  /** Fields that are stored encrypted, and the keys: the first encrypts, all decrypt, found by their ids. */
  readonly encrypt?: { readonly fields: readonly string[]; readonly keys: readonly FieldKey[] };
  /**
   * When the state is away: sessions read less than so long ago are served from memory, read-only. Default 0, nothing is served: a session
   * that was ended elsewhere would be accepted for that long.
   */
  readonly readOnlyForMs?: number;
  /**
   * Of `openCopies(kv, …)`: a session that this process read is read from memory until anybody changes it. What was ended elsewhere is then
   * refused here within a few milliseconds, at the latest after the copies' `staleWithinMs`. Default none: each request reads the engine.
   */
  readonly copies?: Copies<Buffer | undefined>;
  /**
   * Making a session, giving it another id and ending it are acknowledged only when so many replicas have it. Default none: a failover may
   * lose the last moments, and with them a log-out. What it costs stands in kit/state; changes of fields and uses are never durable.
   */
  readonly durable?: Durable;
  /**
   * With `copies` or `readOnlyForMs`: sessions whose signature and content are remembered. Default 10 000, about 0.4 KiB each beside the
   * copies' own: as many as `openCopies` keeps by default.
   */
  readonly maxKnown?: number;
}

export interface CheckedSessionOptions
  extends Required<Omit<SessionOptions, 'cookie' | 'encrypt' | 'copies' | 'durable'>> {
  readonly cookie: CheckedCookie;
  readonly encrypt: { readonly fields: ReadonlySet<string>; readonly keys: readonly FieldKey[] };
  /** Of the calls that `durable` is for. */
  readonly lasting: WriteOptions;
}

const yearMs = 366 * 86_400_000;
const leastSecretBytes = 32;

const { durably, whole, wholes, wrong } = optionChecks('PALIER_SESSION_OPTION');

/** Throws PALIER_SESSION_OPTION, PALIER_SESSION_COOKIE. */
export function checkedSessionOptions(options: SessionOptions): CheckedSessionOptions {
  const absoluteMs = whole('absoluteMs', options.absoluteMs ?? 86_400_000, 1000, yearMs);
  const idleMs = whole('idleMs', options.idleMs ?? Math.min(7_200_000, absoluteMs), 1000, absoluteMs);
  const touchEveryMs = whole('touchEveryMs', options.touchEveryMs ?? Math.ceil(idleMs / 24), 0, Math.floor(idleMs / 2));
  return {
    secrets: checkedSecrets(options.secrets),
    cookie: checkedCookie(options.cookie ?? {}),
    absoluteMs,
    idleMs,
    touchEveryMs,
    ...wholes(options, {
      graceMs: [10_000, 0, 60_000],
      maxBytes: [16_384, 256, 524_288],
      maxFields: [64, 1, 1000],
      maxPerUser: [50, 1, 1000],
      maxKnown: [10_000, 0, 1_000_000],
    }),
    labels: checkedLabels(options.labels ?? []),
    encrypt: checkedEncryption(options.encrypt),
    readOnlyForMs: whole('readOnlyForMs', options.readOnlyForMs ?? 0, 0, absoluteMs),
    lasting: durably(options.durable),
  };
}

function checkedSecrets(secrets: readonly string[]): readonly string[] {
  const short = secrets.findIndex((secret) => Buffer.byteLength(secret) < leastSecretBytes);
  if (secrets.length > 0 && secrets.length <= 8 && short < 0) return secrets;
  const value =
    short < 0 ? `${secrets.length} secrets` : `a secret of ${Buffer.byteLength(secrets[short] ?? '')} bytes`;
  throw wrong(
    'secrets',
    value,
    `1 to 8 of at least ${leastSecretBytes} bytes each, for example of \`openssl rand -base64 32\``,
  );
}

function checkedLabels(labels: readonly string[]): readonly string[] {
  if (labels.length <= 4 && labels.every((name) => /^[a-z][a-z0-9_]{0,30}$/.test(name))) return labels;
  throw wrong('labels', labels.join(', '), 'at most 4 names of lower-case letters, digits and underscores');
}

function checkedEncryption(encrypt: SessionOptions['encrypt']): CheckedSessionOptions['encrypt'] {
  if (encrypt === undefined) return { fields: new Set(), keys: [] };
  const ids = new Set(encrypt.keys.map(({ id }) => id));
  const right = encrypt.keys.every(({ id, key }) => /^[\w-]{1,32}$/.test(id) && key.length === 32);
  if (encrypt.keys.length > 0 && right && ids.size === encrypt.keys.length) {
    return { fields: new Set(encrypt.fields), keys: encrypt.keys };
  }
  throw wrong(
    'encrypt.keys',
    `${encrypt.keys.length} keys`,
    'at least one, each of 32 bytes with an id of its own (letters, digits, - and _)',
  );
}
