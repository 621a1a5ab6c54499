/** What the gateway can be told, by the environment: the name, the default and its reason. */
import type { TwitchOptions } from '../capture/twitch.ts';
import { type ConsentOptions, readConsentOptions } from '../consent/options.ts';
import { type DatabaseOptions, readDatabaseOptions } from '../database/open.ts';
import { address, type Environment, whole } from '../environment.ts';

export interface GatewayOptions extends DatabaseOptions, ConsentOptions, TwitchOptions {
  readonly port: number;
  readonly host: string;
  /** PUBLIC_URL: how browsers reach it; Twitch sends them back there. Null: as the request says, which is for one's own machine. */
  readonly publicUrl: string | null;
  /** ANALYSIS_URL. */
  readonly analysisUrl: string;
  readonly summaryTimeoutMs: number;
  /** SIMULATED_TWITCH=1: users of a load can sign in without a browser. */
  readonly simulated: boolean;
}

/** Throws OPTION, naming the variable. */
export function readGatewayOptions(env: Environment): GatewayOptions {
  return {
    ...readDatabaseOptions(env),
    ...readConsentOptions(env),
    port: whole(env, 'PORT', 8080, 0, 65_535),
    host: env['HOST'] ?? '127.0.0.1',
    publicUrl: env['PUBLIC_URL'] ? address(env, 'PUBLIC_URL', '') : null,
    twitchApiUrl: address(env, 'TWITCH_API_URL', 'http://127.0.0.1:8081'),
    // A browser waits for the list of channels.
    callTimeoutMs: 25_000,
    analysisUrl: address(env, 'ANALYSIS_URL', 'http://127.0.0.1:8083'),
    // 200 000 accounts are read and compared within it.
    summaryTimeoutMs: 25_000,
    simulated: env['SIMULATED_TWITCH'] === '1',
  };
}
