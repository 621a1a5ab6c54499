/** Jobs that ended long ago, put into the table of a queue by the database itself. */
import { openBulk } from '../batch/bulk.ts';
import { calm } from '../batch/engines.ts';
import type { Engine } from '../batch/rows.ts';

/** What one statement adds: the undo log holds it, and somebody sees how far it is. */
const atOnce = 1_000_000;
const mostCalmMs = 60_000;
/** What the engine would else do by itself in the middle of the bench. */
const settled: Readonly<Record<Engine, string>> = {
  postgres: 'VACUUM (ANALYZE) palier_jobs_ended',
  mariadb: 'ANALYZE TABLE palier_jobs_ended',
  sqlite: 'ANALYZE',
};
const dayMs = 86_400_000;
/** As stored by kit/queue (states/states.ts), for good. */
const done = 10;

/** Their numbers are below those of any other job, as those of old jobs are; the retention does not fall into the time of a bench. */
export async function addEnded(url: string, count: number): Promise<void> {
  const own = await openBulk(url);
  const engine = url.slice(0, url.indexOf(':')) as Engine;
  const nowMs = Date.now();
  try {
    for (let there = 0; there < count; there += atOnce) {
      const some = Math.min(atOnce, count - there);
      await own.run(`INSERT INTO palier_jobs_ended (id, queue, state, keep_until, ended_at, name, added_at, payload)
        SELECT n - ${there + some + 1}, 1, ${done}, ${nowMs + dayMs} + n % 3600000, ${nowMs} - n, 'noop', ${nowMs} - n - 20, '{"at":0}'
        FROM ${numbers(engine, some)}`);
      process.stderr.write(`\r${engine}: ${there + some} of ${count} ended jobs are there `);
    }
    process.stderr.write('\n');
    await own.run(settled[engine]);
    await calm(engine, own, mostCalmMs);
  } finally {
    await own.close();
  }
}

/** 1 to `count`, as `n`. */
function numbers(engine: Engine, count: number): string {
  if (engine === 'postgres') return `generate_series(1, ${count}) AS numbers (n)`;
  if (engine === 'mariadb') return `(SELECT CAST(seq AS SIGNED) AS n FROM seq_1_to_${count}) AS numbers`;
  return `(WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${count}) SELECT n FROM numbers)`;
}
