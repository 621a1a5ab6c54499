/** One replica of a service with sessions and tokens, as the load, the preparation and the look afterwards have it. */
import { systemClock } from '@palier/base/clock';
import { systemEntropy } from '@palier/base/entropy';
import { PalierError } from '@palier/base/error';
import { silentLog } from '@palier/base/log';
import { seededRandom } from '@palier/base/random';
import { systemTimers } from '@palier/base/timers';
import { Sessions } from '@palier/kit/session';
import { openKv, type Kv } from '@palier/kit/state';
import { createTokens, type TokenKey, type Tokens } from '@palier/kit/token';
import type { Outcome } from './load/answers.ts';

/** What all replicas of one run share. */
export interface Shared {
  readonly accessKey: TokenKey;
  readonly accessLifeMs: number;
  /** What is acknowledged is with so many replicas of the engine, too. */
  readonly durable: number;
}

export interface ReplicaOptions {
  /** How far its wall clock is off. */
  readonly shiftMs?: number;
  /** Of its tokens. */
  readonly staleMs?: number;
  /** Of calls and validations, where the defaults will not do. */
  readonly timeoutMs?: number;
}

export interface Replica extends AsyncDisposable {
  readonly kv: Kv;
  readonly sessions: Sessions;
  readonly tokens: Tokens;
}

/** The promised bounds, by the rooms' defaults: a call to the state, and a validation that must ask. */
export const callDeadlineMs = 1000;
export const validationDeadlineMs = 500;
export const freshMs = 100;
const secret = 'known to everybody, of this run';

export async function openReplica(url: string, shared: Shared, options: ReplicaOptions = {}): Promise<Replica> {
  const { shiftMs = 0, staleMs = 0, timeoutMs = callDeadlineMs } = options;
  const clock = systemClock();
  const around = {
    clock: { epochMs: () => clock.epochMs() + shiftMs, monotonicMs: () => clock.monotonicMs() },
    timers: systemTimers(),
    random: seededRandom(process.pid),
    log: silentLog,
    entropy: systemEntropy(),
  };
  const kv = await openKv(url, around, { timeoutMs });
  const secrets = { accessKeys: [shared.accessKey], refreshSecrets: [{ id: '1', secret: secret.padEnd(32, 'x') }] };
  const durable = shared.durable === 0 ? {} : { durable: { replicas: shared.durable } };
  const names = { issuer: 'https://login.faults', audience: 'faults' };
  const tokens = createTokens(kv, secrets, around, {
    ...names,
    accessLifeMs: shared.accessLifeMs,
    freshMs,
    staleMs,
    readTimeoutMs: options.timeoutMs ?? validationDeadlineMs,
    maxVerifying: 10_000,
    ...durable,
  });
  return {
    kv,
    tokens,
    // No user reaches so many in a run: none is ended to make room.
    sessions: new Sessions(kv, around, { secrets: [secret.padEnd(32, 'x')], maxPerUser: 1000, ...durable }),
    async [Symbol.asyncDispose]() {
      await tokens.close();
      await kv.close();
    },
  };
}

/** Unavailable is what says so: it may be tried again. */
export function outcomeOf(error: unknown): Outcome {
  if (!(error instanceof PalierError)) return 'failed';
  if (error.code === 'PALIER_TOKEN_REFUSED') return 'refused';
  return error.retry === 'never' ? 'failed' : 'unavailable';
}

/** The cookie that a browser would send back. */
export function cookieOf(setCookie: string): string {
  return setCookie.split(';', 1)[0] as string;
}
