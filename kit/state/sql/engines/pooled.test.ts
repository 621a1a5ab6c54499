/** What is decided when a connection fails in the worst moment: connections that fail on demand, time that is moved by hand. */
import { PalierError } from '@palier/base/error';
import { silentLog } from '@palier/base/log';
import { seededRandom } from '@palier/base/random';
import { virtualTime } from '@palier/testkit/clock';
import type { CompiledQuery, QueryResult } from 'kysely';
import { expect, test } from 'vitest';
import { outcomeOf } from '../../outcome.ts';
import { EngineFailure, type Failure } from '../failure.ts';
import { checkedSqlOptions, type SqlOptions } from '../options.ts';
import type { Steps } from '../sql.ts';
import { statementOf } from './link.ts';
import { PooledEngine } from './pooled.ts';

const address = {
  kind: 'mariadb',
  host: 'h',
  port: 1,
  user: 'u',
  password: undefined,
  database: 'd',
  tls: false,
} as const;
const select = { ...statementOf('SELECT 1'), query: { kind: 'SelectQueryNode' } } as unknown as CompiledQuery;
const write = statementOf('INSERT');

/** What a statement meets: an answer, a failure, or silence. */
type Fate = 'answer' | 'silence' | Failure['kind'];

interface Bench {
  readonly engine: PooledEngine;
  readonly time: ReturnType<typeof virtualTime>;
  /** Everything sent, in order; `connect` and `destroy` among it. */
  readonly log: string[];
}

/** `fates`: of the n-th statement with that text; the last one stays. */
function bench(fates: Readonly<Record<string, readonly Fate[]>>, options: SqlOptions = {}): Bench {
  const time = virtualTime();
  const log: string[] = [];
  const seen = new Map<string, number>();
  const around = { clock: time.clock, timers: time.timers, random: seededRandom(1), log: silentLog };
  const connect = () => {
    log.push('connect');
    let fail: ((error: EngineFailure) => void) | undefined;
    const link = {
      broken: false,
      query({ sql }: CompiledQuery): Promise<QueryResult<unknown>> {
        log.push(sql);
        const nth = seen.get(sql) ?? 0;
        seen.set(sql, nth + 1);
        const list = fates[sql] ?? ['answer'];
        const fate = list[Math.min(nth, list.length - 1)] as Fate;
        if (fate === 'answer') return Promise.resolve({ rows: [] });
        if (fate === 'silence') return new Promise((_, reject) => (fail = reject));
        if (fate === 'lost') link.broken = true;
        return Promise.reject(new EngineFailure({ kind: fate, why: fate }, undefined));
      },
      destroy(): void {
        if (!link.broken) log.push('destroy');
        link.broken = true;
        fail?.(new EngineFailure({ kind: 'lost', why: 'destroyed' }, undefined));
      },
      end: () => Promise.resolve(),
    };
    return Promise.resolve(link);
  };
  return { engine: new PooledEngine(connect, address, checkedSqlOptions(options), around), time, log };
}

function* twoWrites(): Steps<string> {
  yield write;
  yield write;
  return 'done';
}

const once = { timeoutMs: 1000, statementTimeoutMs: 1000, attempts: 3 };

/** The error's code and outcome, or the result; time goes on until it has ended. */
async function ended({ time }: Bench, call: Promise<unknown>): Promise<unknown> {
  const end = call.then(
    (result) => result,
    (error: unknown) => (error instanceof PalierError ? [error.code, outcomeOf(error)] : error),
  );
  await time.advance(3000);
  return end;
}

test('a transaction that met a deadlock is taken back and begun again on the same connection', async () => {
  const one = bench({ INSERT: ['answer', 'conflict', 'answer'] });
  expect(await ended(one, one.engine.transaction(twoWrites, once))).toBe('done');
  expect(one.log).toEqual(['connect', 'BEGIN', 'INSERT', 'INSERT', 'ROLLBACK', 'BEGIN', 'INSERT', 'INSERT', 'COMMIT']);
});

test('a transaction that meets deadlocks without end is begun as often as allowed, then told with nothing done', async () => {
  const one = bench({ INSERT: ['conflict'] });
  expect(await ended(one, one.engine.transaction(twoWrites, once))).toEqual(['PALIER_SQL_CONFLICT', 'none']);
  expect(one.log.filter((sql) => sql === 'BEGIN')).toHaveLength(3);
});

test('a connection lost before the commit begins the transaction again on a new one', async () => {
  const one = bench({ INSERT: ['answer', 'lost', 'answer'] });
  expect(await ended(one, one.engine.transaction(twoWrites, once))).toBe('done');
  expect(one.log.filter((sql) => sql === 'connect')).toHaveLength(2);
});

test('a connection lost in the commit is told as unknown, and the transaction is not begun again', async () => {
  const one = bench({ COMMIT: ['lost'] });
  expect(await ended(one, one.engine.transaction(twoWrites, once))).toEqual(['PALIER_STATE_LOST', 'unknown']);
  expect(one.log.filter((sql) => sql === 'BEGIN')).toHaveLength(1);
});

test('a commit that is not answered in time is unknown; a statement before it is not, and its connection is given up', async () => {
  const late = bench({ COMMIT: ['silence'] });
  expect(await ended(late, late.engine.transaction(twoWrites, once))).toEqual(['PALIER_STATE_LATE', 'unknown']);
  const before = bench({ INSERT: ['answer', 'silence'] });
  expect(await ended(before, before.engine.transaction(twoWrites, once))).toEqual(['PALIER_STATE_LATE', 'none']);
  expect(before.log).toContain('destroy');
});

test.each([
  ['lost', 'PALIER_STATE_LOST'],
  ['silence', 'PALIER_STATE_LATE'],
] as const)('a single write that ends in %s is unknown, a read is not', async (fate, code) => {
  const one = bench({ INSERT: [fate], 'SELECT 1': [fate] });
  expect(await ended(one, one.engine.run(write, 1000))).toEqual([code, 'unknown']);
  const two = bench({ INSERT: [fate], 'SELECT 1': [fate] });
  expect(await ended(two, two.engine.run(select, 1000))).toEqual([code, 'none']);
});

test('what the steps throw is thrown after a rollback; their own finally has run, and nothing it yields is sent', async () => {
  const one = bench({});
  const mistake = new Error('mine');
  let tidied = false;
  const steps = function* (): Steps<never> {
    try {
      yield write;
      throw mistake;
    } finally {
      tidied = true;
    }
  };
  expect(await ended(one, one.engine.transaction(steps, once))).toBe(mistake);
  expect([tidied, one.log.at(-1)]).toEqual([true, 'ROLLBACK']);
});

test('a rollback that fails gives the connection up, so that nobody gets it with an open transaction', async () => {
  const one = bench({ INSERT: ['unique'], ROLLBACK: ['statement'] });
  expect(await ended(one, one.engine.transaction(twoWrites, once))).toEqual(['PALIER_SQL_UNIQUE', 'none']);
  expect(one.log.at(-1)).toBe('destroy');
});

test('calls that wait get the connection in their order, each within its own deadline', async () => {
  const one = bench({ SLOW: ['silence'] }, { connections: 1 });
  const slow = one.engine.run(statementOf('SLOW'), 500);
  const late = one.engine.run(select, 100);
  const next = one.engine.run(statementOf('NEXT'), 1000);
  const ends = [slow, late, next].map((call) =>
    call.then(
      () => 'done',
      (error: PalierError) => error.code,
    ),
  );
  await time(one, 2000);
  expect(await Promise.all(ends)).toEqual(['PALIER_STATE_LATE', 'PALIER_SQL_POOL', 'done']);
  expect(one.log).toEqual(['connect', 'SLOW', 'destroy', 'connect', 'NEXT']);
});

test('close() waits for what is under way and for what waits, then refuses', async () => {
  const one = bench({}, { connections: 1 });
  const calls = [1, 2, 3].map(() => one.engine.run(select, 1000));
  const closed = one.engine.close();
  await time(one, 10);
  await Promise.all([...calls, closed]);
  expect(await ended(one, one.engine.run(select, 1000))).toEqual(['PALIER_STATE_CLOSED', 'none']);
});

function time({ time: virtual }: Bench, ms: number): Promise<void> {
  return virtual.advance(ms);
}
