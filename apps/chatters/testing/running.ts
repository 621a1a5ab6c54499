/** The real services as processes, for tests: each on a free port, with a folder of its own, always stopped. */
import { fileURLToPath } from 'node:url';
import { type TestProcess, startProcess } from '@palier/testkit/processes';

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

/** An access token of whoever has that login at the simulated Twitch. */
export async function twitchToken(helixUrl: string, login: string): Promise<string> {
  const client = { client_id: 'simulated-client', redirect_uri: 'http://127.0.0.1/back' };
  const scope = 'user:read:moderated_channels moderator:read:chatters';
  const query = new URLSearchParams({ ...client, response_type: 'code', scope, as: login });
  const sent = await fetch(`${helixUrl}/oauth2/authorize?${query}`, { redirect: 'manual' });
  const code = new URL(sent.headers.get('location') ?? '').searchParams.get('code') ?? '';
  const fields = { ...client, client_secret: 'simulated-secret', grant_type: 'authorization_code', code };
  const answer = await fetch(`${helixUrl}/oauth2/token`, { method: 'POST', body: new URLSearchParams(fields) });
  return ((await answer.json()) as { access_token: string }).access_token;
}
