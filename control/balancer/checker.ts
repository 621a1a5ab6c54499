/** Asks a replica for its health path, again and again, each time on a connection of its own. */
import net from 'node:net';
import { ResponseParser } from '@palier/base/http1';
import type { Cancel, Timers } from '@palier/base/timers';
import type { Health } from '@palier/protocol';
import type { HealthFact } from './health.ts';

/** While nothing is known of a replica, its first good answer is waited for. */
const firstIntervalMs = 100;

export interface CheckedReplica {
  readonly host: string;
  readonly port: number;
  readonly health: { readonly status: string };
}

export class HealthChecker {
  readonly #replica: CheckedReplica;
  readonly #health: Health;
  readonly #timers: Timers;
  readonly #told: (fact: HealthFact) => void;
  #next: Cancel | undefined;
  #running: net.Socket | undefined;
  #stopped = false;

  constructor(replica: CheckedReplica, health: Health, timers: Timers, told: (fact: HealthFact) => void) {
    this.#replica = replica;
    this.#health = health;
    this.#timers = timers;
    this.#told = told;
  }

  /** Checks now, unless a check is under way, and then every interval. */
  checkNow(): void {
    if (this.#stopped || this.#running !== undefined) return;
    this.#next?.();
    this.#check();
  }

  stop(): void {
    this.#stopped = true;
    this.#next?.();
    this.#running?.destroy();
  }

  #check(): void {
    const { host, port } = this.#replica;
    const { path, timeoutMs } = this.#health;
    const parser = new ResponseParser();
    let read: Buffer = Buffer.alloc(0);
    const socket = net.connect({ host, port, noDelay: true });
    this.#running = socket;
    const limit = this.#timers.after(timeoutMs, () =>
      end({ kind: 'failed', reason: `no answer to ${path} in ${timeoutMs} ms` }),
    );
    const end = (fact: HealthFact): void => {
      if (this.#running !== socket) return;
      this.#running = undefined;
      limit();
      socket.destroy();
      if (this.#stopped) return;
      this.#told(fact);
      this.#plan();
    };
    socket.on('connect', () =>
      socket.write(
        `GET ${path} HTTP/1.1\r\nHost: ${host}:${port}\r\nUser-Agent: palier-balancer\r\nConnection: close\r\n\r\n`,
      ),
    );
    socket.on('data', (chunk: Buffer) => {
      read = Buffer.concat([read, chunk]);
      const result = parser.parse(read, 0, read.length);
      if (result === 'malformed') end({ kind: 'failed', reason: `malformed answer to ${path} (${parser.reason})` });
      else if (result === 'head') end(this.#judge(parser.status));
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      const kind = socket.connecting || error.syscall === 'connect' ? 'unreachable' : 'failed';
      end({ kind, reason: `it accepts no connection (${error.code})` });
    });
    socket.on('close', () => end({ kind: 'failed', reason: `the connection was closed before an answer to ${path}` }));
  }

  #judge(status: number): HealthFact {
    const { path, acceptBelow500 } = this.#health;
    const good = acceptBelow500 ? status < 500 : status >= 200 && status < 300;
    return good ? { kind: 'passed' } : { kind: 'failed', reason: `${path} answered ${status}` };
  }

  #plan(): void {
    const { intervalMs } = this.#health;
    const waitMs = this.#replica.health.status === 'unknown' ? Math.min(firstIntervalMs, intervalMs) : intervalMs;
    this.#next = this.#timers.after(waitMs, () => this.checkNow());
  }
}
