/** What carries a short word to all processes of a queue: the bus of the state, or PostgreSQL's NOTIFY. */
import { sql as raw } from 'kysely';
import type { Bus } from '../../state/index.ts';
import type { Hearer, Sql } from '../../state/sql/index.ts';
import type { QueueTables } from '../store/tables.ts';

export interface Wire {
  send(text: string): Promise<void>;
  /** Answers what ends it. */
  listen(hearer: Hearer): Promise<() => void>;
}

export function wireOver(bus: Bus | undefined, sql: Sql<QueueTables>, name: string, number: number): Wire | undefined {
  if (bus !== undefined) return overBus(bus, `queue ${name}`);
  return sql.listen === undefined ? undefined : overNotify(sql, sql.listen, `palier_queue_${number}`);
}

function overBus(bus: Bus, channel: string): Wire {
  return {
    send: (text) => bus.publish(channel, text),
    async listen(hearer) {
      const subscription = await bus.subscribe(channel, {
        message: (bytes) => hearer.message(bytes.toString()),
        gap: () => hearer.gap(),
      });
      return () => subscription.close();
    },
  };
}

/**
 * After the commit and one at a time, not in the transaction that adds: a commit with a NOTIFY holds a lock of the whole server
 * (https://www.postgresql.org/docs/current/sql-notify.html), and a thousand additions a second need no thousand of them.
 */
function overNotify(sql: Sql<QueueTables>, listen: NonNullable<Sql<QueueTables>['listen']>, channel: string): Wire {
  return {
    async send(text) {
      // Its own commit need not be on the disk: a server that crashes forgets its listeners, too.
      await sql.run({
        compile: () =>
          raw`SELECT set_config('synchronous_commit', 'off', true), pg_notify(${channel}, ${text})`.compile(sql.query),
      });
    },
    async listen(hearer) {
      const listening = await listen(channel, hearer);
      return () => void listening.close();
    },
  };
}
