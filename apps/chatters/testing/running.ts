/** The real services as processes, for tests: each on a free port, with a folder of its own, always stopped. */
import { fileURLToPath } from 'node:url';
import { systemSurroundings } from '@palier/base/surroundings';
import { type TestProcess, startProcess } from '@palier/testkit/processes';
import { openIdentity, type TwitchTokens } from '../consent/identity.ts';

export interface Running {
  readonly url: string;
  readonly process: TestProcess;
}

export interface Answer {
  readonly status: number;
  // oxlint-disable-next-line typescript/no-explicit-any -- a test reads what it expects
  readonly body: any;
}

const application = fileURLToPath(new URL('../', import.meta.url));

/** `entry`: `helix/main.ts`. */
export async function startService(entry: string, env: Readonly<Record<string, string>>): Promise<Running> {
  const ready = /"Listening".*"url":"([^"]+)"/;
  const process = await startProcess({ command: [entry], cwd: application, env: { PORT: '0', ...env }, ready });
  return { url: process.ready[1] as string, process };
}

/** Quick answers, unless a test wants them slow. */
export function startHelix(env: Readonly<Record<string, string>> = {}): Promise<Running> {
  return startService('helix/main.ts', { HELIX_LATENCY_MS: '0', HELIX_JITTER_MS: '0', HELIX_HUGE: '5000', ...env });
}

export async function request(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, init);
  const text = await response.text();
  const json = response.headers.get('content-type')?.includes('json') === true;
  return { status: response.status, body: json ? JSON.parse(text) : text };
}

export function postJson(url: string, body: unknown): Promise<Answer> {
  const headers = { 'content-type': 'application/json' };
  return request(url, { method: 'POST', headers, body: JSON.stringify(body) });
}

/** What the simulated Twitch gives for the consent of whoever has that login. */
export async function twitchTokens(helixUrl: string, login: string): Promise<TwitchTokens> {
  const client = { clientId: 'simulated-client', clientSecret: 'simulated-secret', answerTimeoutMs: 30_000 };
  const identity = openIdentity({ ...client, identityUrl: helixUrl }, systemSurroundings());
  const back = 'http://127.0.0.1/back';
  const sent = await fetch(`${identity.consentUrl(back, 's')}&as=${login}`, { redirect: 'manual' });
  const code = new URL(sent.headers.get('location') ?? '').searchParams.get('code') ?? '';
  return identity.exchange(code, back);
}

/** An access token of whoever has that login at the simulated Twitch. */
export async function twitchToken(helixUrl: string, login: string): Promise<string> {
  return (await twitchTokens(helixUrl, login)).access;
}
