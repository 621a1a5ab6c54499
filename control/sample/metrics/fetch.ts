/**
 * Fetches a metrics page: within a time, up to a size, and never with an exception.
 */
import { type ClientRequest, get } from 'node:http';
import { formatBytes } from '@palier/base/bytes';
import type { Timers } from '@palier/base/timers';
import type { MetricsAddress } from '../replica.ts';

export type FetchedPage = { readonly text: string } | { readonly problem: string };

export interface FetchLimits {
  readonly timeoutMs: number;
  readonly maxBytes: number;
  /** Gives up at once when aborted. */
  readonly signal: AbortSignal;
}

/**
 * A new connection each time: one kept open would be in the way of a service that drains, and cost a reset whenever the service's idle
 * time ends first. `problem` completes the sentence "the metrics page …".
 */
export function fetchPage(address: MetricsAddress, timers: Timers, limits: FetchLimits): Promise<FetchedPage> {
  const request = startRequest(address);
  if (request === undefined) return Promise.resolve({ problem: 'has an address that cannot be asked' });
  return new Promise((resolve) => {
    const finish = (outcome: FetchedPage): void => {
      cancel();
      limits.signal.removeEventListener('abort', stop);
      resolve(outcome);
      request.destroy();
    };
    const fail = (problem: string): void => finish({ problem });
    const stop = (): void => fail('was not waited for');
    const cancel = timers.after(limits.timeoutMs, () => fail(`took longer than ${limits.timeoutMs} ms`));
    request.on('error', (error) => fail(`could not be fetched (${error.message})`));
    request.on('response', (response) => {
      if (response.statusCode !== 200) return fail(`answered status ${response.statusCode}`);
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > limits.maxBytes) fail(`is larger than ${formatBytes(limits.maxBytes)}`);
        else chunks.push(chunk);
      });
      response.on('end', () => finish({ text: Buffer.concat(chunks).toString('utf8') }));
      response.on('error', (error) => fail(`broke off (${error.message})`));
    });
    limits.signal.addEventListener('abort', stop, { once: true });
    if (limits.signal.aborted) stop();
  });
}

/** Undefined for a path or port that no request can be made of. */
function startRequest({ host, port, path }: MetricsAddress): ClientRequest | undefined {
  try {
    return get({
      host,
      port,
      path,
      agent: false,
      headers: { accept: 'text/plain;version=0.0.4', connection: 'close' },
    });
  } catch {
    return undefined;
  }
}
