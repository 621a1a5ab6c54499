import type { GeneratorPlan, Stage } from '@palier/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeLoadResults } from './merge.ts';
import { crowd, planOf, stepOf } from './testing/plan.ts';
import { play } from './testing/play.ts';
import { ok, type Reply, status } from './testing/server.ts';

const tasks = [
  { name: 'list', weight: 60, steps: [stepOf({ path: '/list?page={{page}}' })] },
  {
    name: 'buy',
    weight: 40,
    steps: [stepOf({ path: '/item/{{books.id}}' }), stepOf({ method: 'POST', path: '/buy/{{users.id}}' })],
  },
];
const data: GeneratorPlan['data'] = {
  users: { pick: 'each-user', rows: [{ id: 'u0' }, { id: 'u1' }, { id: 'u2' }] },
  books: { pick: 'random', rows: Array.from({ length: 50 }, (_, i) => ({ id: i })) },
};
const varied = { tasks, data, draw: { page: { int: [1, 40] as const } }, thinkMs: { min: 50, max: 400 } };

const stages = fc
  .array(fc.record({ hold: fc.boolean(), users: fc.nat(12), durationMs: fc.nat(3000) }), { minLength: 1, maxLength: 5 })
  .map((list) => {
    let users = 0;
    return list.map(({ hold, users: to, durationMs }): Stage => {
      const fromLevel = users;
      if (!hold) users = to;
      return { kind: hold ? 'hold' : 'ramp', fromLevel, toLevel: users, durationMs };
    });
  });

/** What each user asked for, in its order, by its address. */
function stories(plan: GeneratorPlan, latency: (nth: number) => number): Map<string, string[]> {
  let nth = 0;
  const { server } = play(plan, { answer: () => ok(latency(nth++)) });
  const byUser = new Map<string, string[]>();
  for (const { localAddress, method, path } of server.asked) {
    const story = byUser.get(localAddress as string) ?? [];
    byUser.set(localAddress as string, [...story, `${method} ${path}`]);
  }
  return byUser;
}

describe('a run', () => {
  it('lets each user do the same for the same seed, whatever the timing', () => {
    const plan = planOf({ ...varied, stages: crowd(5, 5000) });
    fc.assert(
      fc.property(fc.integer(), fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1 }), (seed, latencies) => {
        const quick = stories({ ...plan, seed }, () => 1);
        const slow = stories({ ...plan, seed }, (nth) => latencies[nth % latencies.length] as number);
        for (const [user, story] of slow) {
          const same = Math.min(story.length, (quick.get(user) ?? []).length);
          expect(story.slice(0, same)).toEqual(quick.get(user)?.slice(0, same));
        }
        expect(slow.size).toBe(quick.size);
      }),
      { numRuns: 20 },
    );
  });

  it('played in shares by several generators makes the same requests as by one', () => {
    const plan = planOf({ ...varied, stages: crowd(7, 4000) });
    const whole = play(plan, { answer: () => ok(5) });
    const shares = [0, 1, 2].map((index) => play({ ...plan, share: { index, of: 3 } }, { answer: () => ok(5) }));
    const merged = mergeLoadResults(shares.map(({ result }) => result));
    expect(merged.windows[0]?.total.requests).toBe(whole.all.total.requests);
    expect(merged.windows[0]?.userMs).toBeCloseTo(whole.all.userMs, 6);
    const asked = (list: typeof whole.server.asked): string[] =>
      list.map((one) => `${one.localAddress} ${one.path}`).sort();
    expect(shares.flatMap(({ server }) => asked(server.asked)).sort()).toEqual(asked(whole.server.asked));
  });

  it('accounts for everything: sends, answers, seconds, windows, presence', () => {
    const replies: readonly Reply[] = [
      ok(20),
      status(404, 5),
      status(500, 30),
      [],
      [{ afterMs: 3, event: 'end' }],
      [{ afterMs: 3, event: 'ECONNRESET' }],
      [{ afterMs: 2, bytes: 'nonsense\r\n\r\n' }],
    ];
    const behaviour = fc.array(fc.nat(replies.length - 1), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(stages, behaviour, fc.boolean(), (list, order, refuses) => {
        const endMs = list.reduce((sum, stage) => sum + stage.durationMs, 0);
        const windows = [
          { name: 'first', startMs: 0, endMs: endMs / 2, judged: false },
          { name: 'second', startMs: endMs / 2, endMs, judged: true },
        ];
        const plan = planOf({ ...varied, stages: list, windows, requestTimeoutMs: 700 });
        let nth = 0;
        const { result, seconds, server } = play(plan, {
          answer: () => replies[order[nth++ % order.length] as number] as Reply,
          refuse: (connection) => (refuses && connection % 3 === 0 ? 'ECONNREFUSED' : undefined),
        });
        const sum = (of: (window: (typeof result.windows)[number]) => number): number =>
          result.windows.reduce((total, window) => total + of(window), 0);
        const requests = sum(({ total }) => total.requests);
        expect(sum(({ sendsMade }) => sendsMade)).toBe(requests);
        // What falls due in the last millisecond may be too late; each user at most once.
        const neverMade = sum(({ sendsDue }) => sendsDue) - requests;
        expect(neverMade).toBeGreaterThanOrEqual(0);
        expect(neverMade).toBeLessThanOrEqual(12);
        expect(seconds.reduce((total, second) => total + second.requests, 0)).toBe(requests);
        const refused = sum(({ total }) => total.errors.connect ?? 0);
        expect(server.asked.length).toBe(requests - refused + sum(({ retried }) => retried));
        const unanswered = sum(
          ({ total: { errors } }) => (errors.connect ?? 0) + (errors.reset ?? 0) + (errors.malformed ?? 0),
        );
        expect(sum(({ total }) => total.response.count)).toBe(requests - unanswered);
        // Whose send fell due too late, or in the millisecond in which its user left, has neither waited nor thought since: less than a timer's
        // millisecond each.
        const left = list.reduce((total, { fromLevel, toLevel }) => total + Math.max(0, fromLevel - toLevel), 0);
        const lostMs = sum(({ userMs, waitMs, thinkMs }) => userMs - waitMs - thinkMs);
        expect(lostMs).toBeGreaterThan(-0.001);
        expect(lostMs).toBeLessThan(neverMade + left + 0.001);
        for (const [i, { atMs }] of seconds.entries()) expect(atMs).toBe((i + 1) * 1000);
      }),
      { numRuns: 60 },
    );
  });
});
