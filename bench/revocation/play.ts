/** Users are revoked one after the other while replicas, each a process, believe their tokens: when each of them believed one for the last time. */
import { type ChildProcess, fork } from 'node:child_process';
import { silentLog } from '@palier/base/log';
import { systemSurroundings } from '@palier/base/surroundings';
import { openKv } from '@palier/kit/state';
import { createTokens, generateTokenKey } from '@palier/kit/token';
import { atEnd } from '../process/ending.ts';

/** What a replica tells. */
export type Told =
  | { readonly kind: 'ready' | 'known' }
  | { readonly kind: 'over'; readonly token: string; readonly reason: string; readonly believedMs: number };

export interface Revocations {
  /** One for each user and replica: after the acknowledgement, by how much later was a token sent that was still believed; 0: by none. */
  readonly lateMs: readonly number[];
  /** Why watching ended, with how often. All should be PALIER_TOKEN_REFUSED. */
  readonly reasons: Readonly<Record<string, number>>;
}

export const names = { issuer: 'https://login.bench', audience: 'bench' };
/** What kit/token states of every replica, while all is well or not. */
export const boundMs = 100;
const patienceMs = 20_000;

/** CLOCK_MONOTONIC: one for all processes of the machine. */
export function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

export async function revokeWatched(url: string, users: number, replicas: number): Promise<Revocations> {
  await using stack = new AsyncDisposableStack();
  const around = systemSurroundings(silentLog);
  const kv = stack.use(await openKv(url, around));
  const secrets = {
    accessKeys: [{ kid: 'a', algorithm: 'ES256' as const, jwk: await generateTokenKey('ES256') }],
    refreshSecrets: [{ id: '1', secret: 'x'.repeat(32) }],
  };
  const tokens = stack.use(createTokens(kv, secrets, around, names));
  const watchers = await Promise.all(
    Array.from({ length: replicas }, () => startWatcher([url, JSON.stringify(secrets)], stack)),
  );
  const lateMs: number[] = [];
  const reasons: Record<string, number> = {};
  for (let i = 0; i < users; i++) {
    const user = `user ${i}`;
    const { accessToken } = await tokens.open(user);
    const known = watchers.map((watcher) => told(watcher, 'known'));
    const over = watchers.map((watcher) => told(watcher, 'over'));
    for (const watcher of watchers) watcher.send(accessToken);
    await Promise.all(known);
    await tokens.revokeUser(user);
    const acknowledgedMs = nowMs();
    for (const message of await Promise.all(over)) {
      if (message.kind !== 'over') continue;
      lateMs.push(Math.max(0, message.believedMs - acknowledgedMs));
      reasons[message.reason] = (reasons[message.reason] ?? 0) + 1;
    }
  }
  return { lateMs, reasons };
}

async function startWatcher(words: readonly string[], stack: AsyncDisposableStack): Promise<ChildProcess> {
  const watcher = fork(new URL('./watch-main.ts', import.meta.url), words, {
    execArgv: ['--conditions=palier-source'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const end = (): void => void watcher.kill('SIGKILL');
  stack.defer(atEnd(end));
  stack.defer(end);
  await told(watcher, 'ready');
  return watcher;
}

function told(watcher: ChildProcess, kind: Told['kind']): Promise<Told> {
  return new Promise((resolve, reject) => {
    const give = (settle: () => void): void => {
      clearTimeout(timer);
      watcher.off('message', hear);
      watcher.off('exit', gone);
      settle();
    };
    const timer = setTimeout(() => give(() => reject(new Error(`No replica said "${kind}" in time.`))), patienceMs);
    const hear = (message: unknown): void => {
      if ((message as Told).kind === kind) give(() => resolve(message as Told));
    };
    const gone = (code: number | null): void => give(() => reject(new Error(`A replica ended with ${code}.`)));
    watcher.on('message', hear);
    watcher.on('exit', gone);
  });
}
