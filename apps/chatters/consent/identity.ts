/** Twitch's identity service: where a user consents, and what a code or a refresh token is exchanged for. */
import type { Surroundings } from '@palier/base/surroundings';
import { chattersError } from '../errors.ts';

export interface IdentityOptions {
  /** TWITCH_IDENTITY_URL: without `/oauth2`. */
  readonly identityUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly answerTimeoutMs: number;
}

/** What Twitch gives for a consent. */
export interface TwitchTokens {
  readonly access: string;
  readonly refresh: string;
  /** When the access token ends. */
  readonly expiresAtMs: number;
}

export interface TwitchUser {
  readonly id: string;
  readonly login: string;
}

export interface Identity {
  /** Where the user's browser is sent. */
  consentUrl(redirectUri: string, state: string): string;
  /** Throws TWITCH_CONSENT, TWITCH_AWAY. */
  exchange(code: string, redirectUri: string): Promise<TwitchTokens>;
  /** Throws TWITCH_CONSENT when it was withdrawn, TWITCH_AWAY. */
  renew(refresh: string): Promise<TwitchTokens>;
  /** Whose token it is. Throws TWITCH_CONSENT, TWITCH_AWAY. */
  whose(access: string): Promise<TwitchUser>;
  /** Best effort: a token that Twitch does not hear of ends by itself. */
  revoke(access: string): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

const scopes = ['user:read:moderated_channels', 'moderator:read:chatters'];

export function openIdentity(
  options: IdentityOptions,
  { clock, timers }: Pick<Surroundings, 'clock' | 'timers'>,
): Identity {
  const { clientId, clientSecret, answerTimeoutMs } = options;
  const at = (path: string): URL => new URL(`/oauth2/${path}`, options.identityUrl);

  function post(path: string, fields: Readonly<Record<string, string>>): Promise<Answer> {
    return send(path, { method: 'POST', body: new URLSearchParams({ client_id: clientId, ...fields }) });
  }

  async function send(path: string, request: RequestInit): Promise<Answer> {
    const late = new AbortController();
    const cancel = timers.after(answerTimeoutMs, () => late.abort());
    try {
      const answer = await fetch(at(path), { ...request, signal: late.signal });
      return { status: answer.status, body: await answer.text() };
    } catch (error) {
      const reason = String((error as Error & { cause?: Error }).cause?.message ?? (error as Error).message);
      throw chattersError('TWITCH_AWAY', { reason, timeoutMs: answerTimeoutMs }, { cause: error });
    } finally {
      cancel();
    }
  }

  function granted({ status, body }: Answer): string {
    if (status === 200) return body;
    if (status >= 500 || status === 429) {
      throw chattersError('TWITCH_AWAY', { reason: `status ${status}`, timeoutMs: answerTimeoutMs });
    }
    throw chattersError('TWITCH_CONSENT', { reason: /"message":"([^"]{1,200})/.exec(body)?.[1] ?? `status ${status}` });
  }

  async function tokens(fields: Readonly<Record<string, string>>): Promise<TwitchTokens> {
    const body = granted(await post('token', { client_secret: clientSecret, ...fields }));
    const { access_token: access, refresh_token: refresh, expires_in: seconds } = JSON.parse(body);
    return { access, refresh, expiresAtMs: clock.epochMs() + Number(seconds) * 1000 };
  }

  return {
    consentUrl(redirectUri, state) {
      const url = at('authorize');
      const query = {
        client_id: clientId,
        redirect_uri: redirectUri,
        response_type: 'code',
        scope: scopes.join(' '),
        state,
      };
      for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
      return url.href;
    },
    exchange: (code, redirectUri) => tokens({ grant_type: 'authorization_code', code, redirect_uri: redirectUri }),
    renew: (refresh) => tokens({ grant_type: 'refresh_token', refresh_token: refresh }),
    async whose(access) {
      const body = granted(await send('validate', { headers: { authorization: `OAuth ${access}` } }));
      const { user_id: id, login } = JSON.parse(body);
      return { id, login };
    },
    async revoke(access) {
      await post('revoke', { token: access }).catch(() => {});
    },
  };
}
