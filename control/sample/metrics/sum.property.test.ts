import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MetricsSum, type PageOfReplica } from './sum.ts';
import { parseMetrics } from './text.ts';

const pageOf = (replica: string, identity: string, text: string | null): PageOfReplica => ({
  replica,
  identity,
  page: text === null ? null : parseMetrics(text, 2000),
});

test('counters of all replicas add up, and a restart or a leave carries on what was counted', () => {
  const sum = new MetricsSum(10, 5000);
  expect(sum.take([pageOf('a', 'p1', 'n_total 10\nq 1'), pageOf('b', 'p2', 'n_total 5\nq 2')], 0)).toEqual({
    n_total: 15,
    q: 3,
  });
  // a restarts and has already counted more than its predecessor.
  expect(sum.take([pageOf('a', 'p3', 'n_total 12\nq 1'), pageOf('b', 'p2', 'n_total 5\nq 2')], 1)).toEqual({
    n_total: 27,
    q: 3,
  });
  expect(sum.take([pageOf('b', 'p2', 'n_total 6\nq 4')], 2)).toEqual({ n_total: 28, q: 4 });
  // The same process begins its counting anew.
  expect(sum.take([pageOf('b', 'p2', 'n_total 2\nq 4')], 3)).toEqual({ n_total: 30, q: 4 });
  expect(sum.take([], 4)).toEqual({ n_total: 30 });
});

test('a page that is missing for a while leaves its counters; its gauges end when they are stale', () => {
  const sum = new MetricsSum(10, 5000);
  sum.take([pageOf('a', 'p1', 'n_total 10\nq 1')], 0);
  expect(sum.take([pageOf('a', 'p1', null)], 5000)).toEqual({ n_total: 10, q: 1 });
  expect(sum.take([pageOf('a', 'p1', null)], 5001)).toEqual({ n_total: 10 });
  expect(sum.take([pageOf('a', 'p1', 'n_total 11\nq 2')], 6000)).toEqual({ n_total: 11, q: 2 });
});

test('a series that is not on the page for a while is not counted twice when it comes back', () => {
  const sum = new MetricsSum(10, 5000);
  sum.take([pageOf('a', 'p1', 'n_total 10\nm_total 1')], 0);
  expect(sum.take([pageOf('a', 'p1', 'm_total 1')], 1)).toEqual({ n_total: 10, m_total: 1 });
  expect(sum.take([pageOf('a', 'p1', 'm_total 1\nn_total 11')], 2)).toEqual({ n_total: 11, m_total: 1 });
});

test('beyond the bound new series are left out and old ones stay; gauges that vanish leave their place', () => {
  const sum = new MetricsSum(2, 5000);
  expect(sum.take([pageOf('a', 'p1', 'a_total 1\nb 1\nc_total 1')], 0)).toEqual({ a_total: 1, b: 1 });
  expect(sum.take([pageOf('a', 'p2', 'c_total 1')], 1)).toEqual({ a_total: 1 });
  expect(sum.take([pageOf('a', 'p2', 'c_total 1')], 2)).toEqual({ a_total: 1, c_total: 1 });
});

/** What happens to a replica during a second. */
const event = fc.oneof(
  fc.record({ what: fc.constantFrom('count' as const, 'count' as const, 'unreadable' as const), add: fc.nat(5) }),
  fc.record({ what: fc.constantFrom('restart' as const, 'begin anew' as const, 'leave' as const), add: fc.nat(5) }),
);
const second = fc.record({ a: event, b: event, c: event }, { requiredKeys: [] });

test('property: the sum never falls, and is what all processes had counted when they were last read', () => {
  fc.assert(
    fc.property(fc.array(second, { maxLength: 40 }), (seconds) => {
      const sum = new MetricsSum(100, 5000);
      const running = new Map<string, { identity: string; count: number; read: number }>();
      let processes = 0;
      let ended = 0;
      let last = 0;
      for (const events of seconds) {
        const unreadable = new Set<string>();
        for (const [replica, { what, add }] of Object.entries(events)) {
          const before = running.get(replica);
          if (what === 'leave' || what === 'restart') {
            ended += before?.read ?? 0;
            running.delete(replica);
          }
          if (what === 'leave') continue;
          const now = running.get(replica) ?? { identity: `p${processes++}`, count: 0, read: 0 };
          running.set(replica, now);
          now.count += add;
          if (what === 'unreadable') unreadable.add(replica);
          if (what !== 'begin anew') continue;
          ended += now.read;
          now.count = 0;
          now.read = 0;
        }
        const pages = [...running].map(([replica, one]) => {
          if (unreadable.has(replica)) return pageOf(replica, one.identity, null);
          one.read = one.count;
          return pageOf(replica, one.identity, `n_total ${one.count}`);
        });
        const total = sum.take(pages, 0).n_total ?? 0;
        expect(total).toBeGreaterThanOrEqual(last);
        expect(total).toBe([...running.values()].reduce((all, { read }) => all + read, ended));
        last = total;
      }
    }),
  );
});
