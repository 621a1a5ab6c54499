/** Asks a replica once whether it is healthy. */
import { type ClientRequest, request } from 'node:http';
import type { Timers } from '@palier/base/timers';
import type { Health } from '@palier/protocol';

export interface Answer {
  readonly ok: boolean;
  /** What came, in words: `status 503`, `connection refused`, `no answer within 2 s`. */
  readonly words: string;
}

/** GET `health.path`; never throws. A connection of its own, so that nothing stays open at the replica. */
export function probe(port: number, health: Health, timers: Timers): Promise<Answer> {
  return new Promise((resolve) => {
    const asked: ClientRequest = request(
      { host: '127.0.0.1', port, path: health.path, agent: false, headers: { 'user-agent': 'palier-health' } },
      (response) => {
        const status = response.statusCode ?? 0;
        const ok = health.acceptBelow500 ? status < 500 : status >= 200 && status < 300;
        finish({ ok, words: `status ${status}` });
      },
    );
    const cancel = timers.after(health.timeoutMs, () =>
      finish({ ok: false, words: `no answer within ${health.timeoutMs / 1000} s` }),
    );
    let finished = false;
    const finish = (answer: Answer): void => {
      if (finished) return;
      finished = true;
      cancel();
      asked.destroy();
      resolve(answer);
    };
    asked.on('error', (error: NodeJS.ErrnoException) => finish({ ok: false, words: inWords(error) }));
    asked.end();
  });
}

/** What is expected, in words, for an error. */
export function expectedAnswer(health: Health): string {
  return health.acceptBelow500 ? 'with a status below 500' : 'with a status from 200 to 299';
}

function inWords(error: NodeJS.ErrnoException): string {
  if (error.code === 'ECONNREFUSED') return 'connection refused';
  if (error.code === 'ECONNRESET') return 'connection reset';
  if (error.code?.startsWith('HPE_') === true) return `an answer that is no HTTP: ${error.message}`;
  return error.message;
}
