/** The short form of `npm run faults -- state`: the same load and the same judge, for counts. */
import { redisServer } from '@palier/testkit/engines';
import { describe, expect, onTestFailed, test } from 'vitest';
import { faults } from './faults.ts';
import { short } from './pace.ts';
import { play } from './play.ts';

const chosen = faults.filter(({ name }) =>
  [
    'sentinel durable: kill -9 of a primary',
    'cluster durable: SIGSTOP of a primary',
    'cluster: 4 → 8 shards',
    'server: half of the replicas cut off',
    'server: clocks 1 h off',
  ].includes(name),
);

describe('log-ins and validations', redisServer().options, () => {
  test.each(chosen)(
    '$name: no call is left pending, nobody is refused wrongly or believed who was revoked',
    async (fault) => {
      const { rows, errors } = await play(fault, short);
      onTestFailed(() => console.error(JSON.stringify({ rows, errors }, null, 1)));
      const keeps = fault.durable > 0 || fault.engine === 'server' || fault.losesNothing === true;
      for (const row of rows) {
        expect(row.good).toBeGreaterThan(0);
        expect([row.who, row.pending, row.failed]).toEqual([row.who, 0, 0]);
        // A primary that dies may take its last moment with it, unless it is waited for.
        if (!keeps) continue;
        const { refusedWrongly, acceptedAfterEnd, lost, back } = row;
        const counts = { refusedWrongly, acceptedAfterEnd, lost: lost ?? 0, back: back ?? 0 };
        expect(counts).toEqual({ refusedWrongly: 0, acceptedAfterEnd: 0, lost: 0, back: 0 });
      }
      // Those who were ended did come back, or the counts would be worth nothing.
      const tried = rows.filter(({ who }) => who === 'requests' || who === 'validations, strict');
      for (const row of tried) expect(row.refusedRightly).toBeGreaterThan(0);
    },
    120_000,
  );
});
