/** What the service that speaks with Twitch can be told, by the environment: the name, the default and its reason. */
import { address, type Environment, whole } from '../environment.ts';

export interface TwitchApiOptions {
  readonly port: number;
  readonly host: string;
  /** HELIX_URL: where Helix answers, without `/helix`. */
  readonly helixUrl: string;
  /** TWITCH_CLIENT_ID. */
  readonly clientId: string;
  /** STATE_URL, or REDIS_URL: where all replicas keep how much of each user's points is used. */
  readonly stateUrl: string;
  /** HELIX_POINTS_PER_MINUTE: what Twitch gives a user; its answers correct it. */
  readonly pointsPerMinute: number;
  /** One answer of Twitch's. */
  readonly answerTimeoutMs: number;
  /** How long a call may wait for its turn. */
  readonly maxWaitMs: number;
  /** How often a call that Twitch did not answer as it should is sent. */
  readonly attempts: number;
  /** How long the list of moderated channels is believed. */
  readonly moderatedForMs: number;
}

/** Throws OPTION, naming the variable. */
export function readTwitchApiOptions(env: Environment): TwitchApiOptions {
  return {
    port: whole(env, 'PORT', 8081, 0, 65_535),
    host: env['HOST'] ?? '127.0.0.1',
    helixUrl: address(env, 'HELIX_URL', 'http://127.0.0.1:8090'),
    clientId: env['TWITCH_CLIENT_ID'] || 'simulated-client',
    stateUrl: env['STATE_URL'] || env['REDIS_URL'] || `sqlite:${env['DATA_DIR'] || 'data'}/state.sqlite`,
    // The contract's.
    pointsPerMinute: whole(env, 'HELIX_POINTS_PER_MINUTE', 800, 1, 10_000_000),
    // Twitch answers in a tenth of a second; whoever waits longer than ten does not come back.
    answerTimeoutMs: 10_000,
    // Below the request timeout of the callers, so that they hear of it.
    maxWaitMs: 20_000,
    attempts: 3,
    // Who was made a moderator a minute ago may look again.
    moderatedForMs: 60_000,
  };
}
