/** The real application for tests: a seeded database, its replicas as processes, a client that speaks for an account. */
import { request as httpRequest } from 'node:http';
import { fileURLToPath } from 'node:url';
import { temporaryFolder, type TemporaryFolder } from '@palier/testkit/folder';
import { startProcess, type TestProcess } from '@palier/testkit/processes';
import { loginOf, seedPassword } from '../seed/people.ts';

export interface Installation extends AsyncDisposable {
  readonly folder: TemporaryFolder;
  /** One more replica on the same database, state and uploads. */
  start(env?: Readonly<Record<string, string>>): Promise<Replica>;
}

export interface Replica {
  readonly url: string;
  readonly process: TestProcess;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // oxlint-disable-next-line typescript/no-explicit-any -- a test reads what it expects
  readonly body: any;
}

export const jwtSecret = 'a secret for tests of 32 characters';

const application = fileURLToPath(new URL('../', import.meta.url));

/** `seeded` runs the seed command: 10 000 releases, 200 accounts, a second. Database and state are SQLite files of its own, unless `engines` names others. */
export async function install(seeded: boolean, engines: Readonly<Record<string, string>> = {}): Promise<Installation> {
  const folder = await temporaryFolder('releases');
  const processes: TestProcess[] = [];
  const env = {
    PORT: '0',
    DATA_DIR: folder.path,
    JWT_SECRET: jwtSecret,
    ...engines,
  };
  if (seeded) await runSeed(env);
  return {
    folder,
    async start(more = {}) {
      const process = await startProcess({
        command: ['main.ts'],
        cwd: application,
        env: { ...env, ...more },
        ready: /"url":"([^"]+)"/,
      });
      processes.push(process);
      return { url: process.ready[1] ?? '', process };
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(processes.map((process) => process.stop()));
      await folder[Symbol.asyncDispose]();
    },
  };
}

async function runSeed(env: Readonly<Record<string, string>>): Promise<void> {
  for (const command of ['seed.ts', 'book/main.ts']) {
    const process = await startProcess({ command: [command], cwd: application, env });
    const { code } = await process.ended;
    if (code !== 0) throw new Error(`${command} ended with ${code}: ${process.lines.join('\n')}`);
  }
}

export async function request(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, init);
  const text = await response.text();
  const json = response.headers.get('content-type')?.includes('json') === true;
  return { status: response.status, headers: response.headers, body: json ? JSON.parse(text) : text };
}

export function postJson(url: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  return request(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

/** The status of a failing login that connects from this address of the machine: fetch() cannot choose it. */
export function failFrom(
  localAddress: string,
  url: string,
  login: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<number> {
  return new Promise((resolve, reject) => {
    const options = {
      localAddress,
      method: 'POST',
      agent: false,
      headers: { ...headers, 'content-type': 'application/json' },
    };
    const sent = httpRequest(`${url}/api/auth/login`, options, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode ?? 0));
    });
    sent.on('error', reject);
    sent.end(JSON.stringify({ login, password: 'wrong' }));
  });
}

/** The header that speaks for the account with this number. */
export async function bearerOf(url: string, number: number): Promise<{ authorization: string }> {
  const { body } = await postJson(`${url}/api/auth/login`, { login: loginOf(number), password: seedPassword });
  return { authorization: `Bearer ${body.access_token}` };
}

/** The wizard's form with a file. */
export function formWith(file: Uint8Array | null, fields: Readonly<Record<string, string>> = {}): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries({ group: 'quarto', release_type: 'EBOOK', ...fields }))
    form.set(name, value);
  if (file !== null) form.set('file', new Blob([new Uint8Array(file)]), '../../etc/passwd');
  return form;
}
