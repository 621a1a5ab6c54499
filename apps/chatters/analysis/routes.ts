/**
 * `GET /collections/ID/summary`: computed once for all replicas and kept for five minutes, as long as no other capture is done. Who may ask is
 * the gateway's to know; this service is not reachable from outside.
 */
import type { Clock } from '@palier/base/clock';
import { type Kv, keyOf } from '@palier/kit/state';
import type { Sql } from '@palier/kit/state/sql';
import type { FastifyInstance } from 'fastify';
import type { Tables } from '../database/tables.ts';
import { type DoneCaptures, doneCaptures, readSeen } from './read.ts';
import { summarise } from './summary.ts';

export interface AnalysisDesk {
  readonly sql: Sql<Tables>;
  readonly kv: Kv;
  readonly clock: Clock;
  readonly keptForMs: number;
}

export function analysisRoutes(app: FastifyInstance, desk: AnalysisDesk): void {
  const { sql, kv, clock, keptForMs } = desk;
  /** Computed now; as many as are asked for at once, and who asks again meanwhile waits for the same. */
  const underWay = new Map<string, Promise<string>>();

  async function compute({ ids, channels }: DoneCaptures, key: string): Promise<string> {
    const text = JSON.stringify(summarise(await readSeen(sql, ids), channels, clock.epochMs()));
    // A state that is away costs the memory of it, not the answer.
    await kv.set(key, text, { expiresInMs: keptForMs }).catch(() => {});
    return text;
  }

  app.get('/collections/:id/summary', async (request, reply) => {
    const { id } = request.params as { id: string };
    const captures = await doneCaptures(sql, id);
    const key = keyOf('summary', id, captures.version);
    const kept = await kv.get(key).catch(() => undefined);
    reply.type('application/json; charset=utf-8').header('x-cache', kept === undefined ? 'MISS' : 'HIT');
    if (kept !== undefined) return reply.send(kept);
    let computing = underWay.get(key);
    if (computing === undefined) {
      computing = compute(captures, key).finally(() => underWay.delete(key));
      underWay.set(key, computing);
    }
    return reply.send(await computing);
  });
}
