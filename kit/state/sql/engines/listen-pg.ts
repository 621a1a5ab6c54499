/**
 * Hears what is told by `NOTIFY`, on a connection of its own: one that is lent out for statements would hear it late or not at all. When it was
 * lost and stands again, something may have been missed, and the hearer is told so.
 */
import { backoffMs } from '@palier/base/backoff';
import pg from 'pg';
import type { StateSurroundings } from '../../surroundings.ts';
import type { Hearer, Listening } from '../sql.ts';
import type { LinkOptions } from './link.ts';
import { clientOf } from './link-pg.ts';

type Server = Pick<LinkOptions, 'address' | 'ca'>;

const connectMs = 5000;
/** A server that is gone without a word is noticed by a question that it does not answer. */
const askEveryMs = 10_000;
const patience = { firstMs: 50, maxMs: 5000, floor: 0.25 };

/** Resolves when it hears for the first time; fails as a first connection does. */
export async function listenPostgres(
  server: Server,
  around: StateSurroundings,
  channel: string,
  hearer: Hearer,
): Promise<Listening> {
  const ear = new Ear(server, around, channel, hearer);
  await ear.stand();
  return { close: () => ear.close() };
}

class Ear {
  readonly #server: Server;
  readonly #around: StateSurroundings;
  readonly #channel: string;
  readonly #hearer: Hearer;
  readonly #stopAsking: () => void;
  #client: pg.Client | undefined;
  #closed = false;

  constructor(server: Server, around: StateSurroundings, channel: string, hearer: Hearer) {
    this.#server = server;
    this.#around = around;
    this.#channel = channel;
    this.#hearer = hearer;
    this.#stopAsking = around.timers.every(askEveryMs, () => this.#ask());
  }

  async stand(): Promise<void> {
    const client = clientOf(this.#server, connectMs, connectMs);
    const lost = (): void => this.#lost(client);
    client.on('error', lost);
    client.on('end', lost);
    client.on('notification', ({ payload }) => this.#hearer.message(payload ?? ''));
    try {
      await client.connect();
      await client.query(`LISTEN ${pg.escapeIdentifier(this.#channel)}`);
    } catch (error) {
      void client.end().catch(() => {});
      throw error;
    }
    this.#client = client;
    if (this.#closed) await this.close();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#stopAsking();
    const client = this.#client;
    this.#client = undefined;
    await client?.end().catch(() => {});
  }

  #ask(): void {
    const client = this.#client;
    client?.query('SELECT 1').catch(() => this.#lost(client));
  }

  #lost(client: pg.Client): void {
    if (this.#client !== client || this.#closed) return;
    this.#client = undefined;
    void client.end().catch(() => {});
    void this.#standAgain();
  }

  async #standAgain(): Promise<void> {
    for (let tries = 0; !this.#closed; tries++) {
      await this.#around.timers.sleep(backoffMs(tries, patience, this.#around.random));
      try {
        await this.stand();
        return this.#hearer.gap();
      } catch {
        // The pool tells that the server is away.
      }
    }
  }
}
