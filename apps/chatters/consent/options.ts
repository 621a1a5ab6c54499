/** How Twitch's identity service is reached, and what seals the consents: the same for every service that asks in a user's name. */
import { address, type Environment, secret } from '../environment.ts';
import type { IdentityOptions } from './identity.ts';

export interface ConsentOptions extends IdentityOptions {
  /** SECRET: what consents are sealed with and sessions signed. */
  readonly secret: string;
}

/** Throws OPTION, naming the variable. */
export function readConsentOptions(env: Environment): ConsentOptions {
  return {
    secret: secret(env, 'SECRET'),
    // The simulator is both.
    identityUrl: address(env, 'TWITCH_IDENTITY_URL', address(env, 'HELIX_URL', 'http://127.0.0.1:8090')),
    clientId: env['TWITCH_CLIENT_ID'] || 'simulated-client',
    clientSecret: env['TWITCH_CLIENT_SECRET'] || 'simulated-secret',
    // It answers in a tenth of a second; a user waits for it once.
    answerTimeoutMs: 10_000,
  };
}
