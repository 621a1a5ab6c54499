/**
 * Calls of Helix within what it allows: each waits its turn in the bucket of its user, which all replicas share and Twitch's own headers correct.
 * A refusal for want of points is waited out, a failing answer tried again; what only the user can mend is said as such.
 */
import { backoffMs } from '@palier/base/backoff';
import { PalierError } from '@palier/base/error';
import type { Upstream, UpstreamAnswer } from '@palier/kit/limit';
import type { StateSurroundings } from '@palier/kit/state';
import { chattersError } from '../errors.ts';
import type { TwitchApiOptions } from './options.ts';

/** On whose behalf a call is made. */
export interface Caller {
  readonly userId: string;
  /** The user's access token. */
  readonly token: string;
}

export interface Helix {
  /** The answer's body. Throws TWITCH_CONSENT, _FORBIDDEN, _REFUSED, _AWAY, _BUSY. */
  get(caller: Caller, path: string, query: Readonly<Record<string, string | readonly string[]>>): Promise<unknown>;
}

interface Answer extends UpstreamAnswer {
  readonly body: string;
}

/** A blip is over in a second; two replicas that failed together do not come back together. */
const backoff = { firstMs: 200, maxMs: 2000, floor: 0.2 };

export function openHelix(upstream: Upstream, around: StateSurroundings, options: TwitchApiOptions): Helix {
  const { attempts, maxWaitMs, answerTimeoutMs, pointsPerMinute } = options;

  async function turn(userId: string, leftMs: number): Promise<void> {
    try {
      await upstream.turn(userId, { maxWaitMs: Math.max(1, leftMs) });
    } catch (error) {
      if (!(error instanceof PalierError) || !/LIMIT_(?:LATE|LINE)/.test(error.code)) throw error;
      throw chattersError('TWITCH_BUSY', { maxWaitMs, perMinute: pointsPerMinute }, { cause: error });
    }
  }

  async function sent(caller: Caller, url: URL): Promise<Answer | string> {
    const headers = { authorization: `Bearer ${caller.token}`, 'client-id': options.clientId };
    const late = new AbortController();
    const cancel = around.timers.after(answerTimeoutMs, () => late.abort());
    try {
      const answer = await fetch(url, { headers, signal: late.signal });
      return { status: answer.status, headers: answer.headers, body: await answer.text() };
    } catch (error) {
      return String((error as Error & { cause?: Error }).cause?.message ?? (error as Error).message);
    } finally {
      cancel();
    }
  }

  return {
    async get(caller, path, query) {
      const url = urlOf(options.helixUrl, path, query);
      const untilMs = around.clock.monotonicMs() + maxWaitMs;
      for (let failures = 0; ; ) {
        await turn(caller.userId, untilMs - around.clock.monotonicMs());
        const answer = await sent(caller, url);
        if (typeof answer !== 'string') {
          await upstream.learn(caller.userId, answer);
          if (answer.status === 200) return JSON.parse(answer.body);
          // The next turn comes when Twitch has said that it may.
          if (answer.status === 429) continue;
          if (answer.status < 500) throw refusal(answer);
        }
        failures += 1;
        const reason = typeof answer === 'string' ? answer : `status ${answer.status}`;
        if (failures >= attempts) throw chattersError('TWITCH_AWAY', { reason, timeoutMs: answerTimeoutMs });
        await around.timers.sleep(backoffMs(failures - 1, backoff, around.random));
      }
    },
  };
}

function urlOf(helixUrl: string, path: string, query: Readonly<Record<string, string | readonly string[]>>): URL {
  const url = new URL(`/helix/${path}`, helixUrl);
  for (const [name, value] of Object.entries(query)) {
    for (const one of typeof value === 'string' ? [value] : value) url.searchParams.append(name, one);
  }
  return url;
}

function refusal({ status, body }: Answer): PalierError {
  const reason = /"message":"([^"]{1,200})/.exec(body)?.[1] ?? `status ${status}`;
  if (status === 401) return chattersError('TWITCH_CONSENT', { reason });
  return chattersError(status === 403 ? 'TWITCH_FORBIDDEN' : 'TWITCH_REFUSED', { reason });
}
