/** What the simulator can be told, by the environment: the name, the default and its reason. */
import { whole } from '../environment.ts';

export interface HelixOptions {
  /** PORT; 0 is any free port. */
  readonly port: number;
  readonly host: string;
  /** HELIX_SEED: another seed is another world. */
  readonly seed: number;
  readonly clientId: string;
  readonly clientSecret: string;
  /** HELIX_POINTS_PER_MINUTE: what one user's bucket holds. */
  readonly pointsPerMinute: number;
  /** HELIX_LATENCY_MS: how long an answer takes, and HELIX_JITTER_MS: up to how much longer. */
  readonly latencyMs: number;
  readonly jitterMs: number;
  /** HELIX_DRIFT_PERMILLE: how many of a thousand chatters come, and go, within a minute. */
  readonly driftPerMinute: number;
  /** HELIX_CURSOR_LIFE_S. */
  readonly cursorLifeMs: number;
  /** HELIX_ACCESS_LIFE_S. */
  readonly accessLifeMs: number;
  /** HELIX_HUGE: who watches the largest channel. */
  readonly hugePeople: number;
  /** HELIX_MODERATORS: users who moderate the large channels. */
  readonly moderators: number;
  /** HELIX_RENAME_EVERY_S. */
  readonly renameEveryMs: number;
}

/** Throws OPTION, naming the variable. */
export function readHelixOptions(env: Readonly<Record<string, string | undefined>>): HelixOptions {
  return {
    port: whole(env, 'PORT', 8090, 0, 65_535),
    host: env['HOST'] ?? '127.0.0.1',
    seed: whole(env, 'HELIX_SEED', 1, 0, 999_999_999),
    clientId: env['TWITCH_CLIENT_ID'] || 'simulated-client',
    clientSecret: env['TWITCH_CLIENT_SECRET'] || 'simulated-secret',
    // The contract's.
    pointsPerMinute: whole(env, 'HELIX_POINTS_PER_MINUTE', 800, 1, 10_000_000),
    // A near data centre.
    latencyMs: whole(env, 'HELIX_LATENCY_MS', 40, 0, 60_000),
    jitterMs: whole(env, 'HELIX_JITTER_MS', 40, 0, 60_000),
    // A talk show: half of the people are others after half an hour.
    driftPerMinute: whole(env, 'HELIX_DRIFT_PERMILLE', 20, 0, 1000) / 1000,
    // The contract does not say how long; long enough for the largest channel at the bucket's rate.
    cursorLifeMs: whole(env, 'HELIX_CURSOR_LIFE_S', 600, 1, 86_400) * 1000,
    // What Twitch gives: about four hours.
    accessLifeMs: whole(env, 'HELIX_ACCESS_LIFE_S', 14_400, 1, 86_400) * 1000,
    hugePeople: whole(env, 'HELIX_HUGE', 200_000, 1000, 1_000_000),
    moderators: whole(env, 'HELIX_MODERATORS', 200, 1, 10_000),
    // Three names within an afternoon of trying it out.
    renameEveryMs: whole(env, 'HELIX_RENAME_EVERY_S', 3600, 1, 100_000_000) * 1000,
  };
}
