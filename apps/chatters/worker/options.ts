/** What a worker can be told, by the environment: the name, the default and its reason. */
import type { TwitchOptions } from '../capture/twitch.ts';
import { type ConsentOptions, readConsentOptions } from '../consent/options.ts';
import { type DatabaseOptions, readDatabaseOptions } from '../database/open.ts';
import { address, type Environment, whole } from '../environment.ts';

export interface WorkerOptions extends DatabaseOptions, ConsentOptions, TwitchOptions {
  readonly port: number;
  readonly host: string;
  /** JOBS_AT_ONCE: captures that one worker reads or enriches at the same time. */
  readonly jobsAtOnce: number;
  /** LEASE_MS: how long the jobs of a worker that shows no life stay its own. The same for all. */
  readonly leaseMs: number;
  /** CLEAN_EVERY_S. */
  readonly cleanEveryMs: number;
  /** How long what is under way may go on after the signal, before it is given back where it is. */
  readonly stopMs: number;
}

/** Throws OPTION, naming the variable. */
export function readWorkerOptions(env: Environment): WorkerOptions {
  return {
    ...readDatabaseOptions(env),
    ...readConsentOptions(env),
    port: whole(env, 'PORT', 8082, 0, 65_535),
    host: env['HOST'] ?? '127.0.0.1',
    twitchApiUrl: address(env, 'TWITCH_API_URL', 'http://127.0.0.1:8081'),
    // Longer than twitch-api waits for a turn and for Twitch.
    callTimeoutMs: 45_000,
    // They wait for Twitch nearly all the time.
    jobsAtOnce: whole(env, 'JOBS_AT_ONCE', 20, 1, 1000),
    leaseMs: whole(env, 'LEASE_MS', 7500, 100, 600_000),
    // A consent that nobody needs any more is gone within the time in which one looks whether it is.
    cleanEveryMs: whole(env, 'CLEAN_EVERY_S', 10, 1, 86_400) * 1000,
    // A page is stored by then; the rest of the capture goes on elsewhere.
    stopMs: 2000,
  };
}
