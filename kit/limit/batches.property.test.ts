/** However takings are gathered, each gets the answer that it would have got alone. */
import { silentLog } from '@palier/base/log';
import { seededRandom } from '@palier/base/random';
import { systemTimers } from '@palier/base/timers';
import { virtualTime } from '@palier/testkit/clock';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Kv, Procedure, View } from '../state/index.ts';
import { Batches } from './batches.ts';
import { type Answer, type Ask, take } from './bucket/gcra.ts';
import { Keys } from './keys.ts';
import { checkedLimiterOptions } from './options.ts';

const { limits } = checkedLimiterOptions({
  limits: {
    quick: { permits: 1000, windowMs: 1000, burst: 6 },
    slow: { permits: 3, windowMs: 30_000, maxWaitMs: 20_000 },
  },
});
const keys = limits.map((limit) => new Keys('redis', 'gathered', limit));
const bucket = fc.record({ limit: fc.nat(1), id: fc.constantFrom('a', 'b', 'c') });
const asked = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(bucket) },
  fc.uniqueArray(bucket, { minLength: 2, maxLength: 4, selector: ({ limit, id }) => `${limit}${id}` }),
);
/** Mostly the same, so that there are runs and sweeps. */
const ask: fc.Arbitrary<Ask> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ cost: 1, extra: 0, maxWaitUs: 0 }) },
  fc.record({
    cost: fc.integer({ min: 1, max: 3 }),
    extra: fc.constantFrom(0, 0, 2),
    maxWaitUs: fc.constantFrom(0, 0, 15_000_000, 30_000_000),
  }),
);
const takings = fc.array(fc.record({ asked, ask }), { minLength: 1, maxLength: 30 });

test('takings of one batch are answered as if each had come alone: those of one bucket first, then those of several', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(takings, { minLength: 1, maxLength: 3 }), async (turns) => {
      const time = virtualTime();
      const entries = new Map<string, Buffer>();
      const view = {
        nowMs: time.clock.epochMs(),
        get: (key: string) => entries.get(key),
        set: (key: string, value: Buffer) => void entries.set(key, value),
        delete: (key: string) => entries.delete(key),
      } as unknown as View;
      const run = async (procedure: Procedure<unknown>, at: string[], args: string[]): Promise<unknown> =>
        procedure.read(
          procedure.apply(
            view,
            at,
            args.map((arg) => Buffer.from(arg)),
          ),
        );
      const timers = { ...time.timers, soon: systemTimers().soon };
      const around = { clock: time.clock, timers, random: seededRandom(1), log: silentLog };
      const batches = new Batches({ run } as unknown as Kv, around, 250);
      const tats = new Map<string, number>();
      const nowUs = view.nowMs * 1000;
      for (const list of turns) {
        const made = list.map((one) => ({
          ask: one.ask,
          asked: one.asked.map(({ limit, id }) => (keys[limit] as Keys).of(id)),
        }));
        const got = await Promise.all(
          made.map(
            (one) =>
              new Promise<readonly Answer[]>((resolve, failed) => {
                batches.add({ ...one, addedMs: 0, failed, answered: (_, answers) => resolve(answers) });
              }),
          ),
        );
        const alone = (one: (typeof made)[number]): readonly Answer[] => {
          const answers = one.asked.map(({ key, limit: { terms } }) =>
            take(tats.get(key), nowUs, terms, {
              ...one.ask,
              maxWaitUs: Math.min(one.ask.maxWaitUs, terms.horizonUs),
            }),
          );
          if (answers.every(({ admitted }) => admitted))
            for (const [index, { key }] of one.asked.entries()) tats.set(key, answers[index]?.tatUs as number);
          return answers;
        };
        const expected = new Map<object, readonly Answer[]>();
        for (const one of made.filter((each) => each.asked.length === 1)) expected.set(one, alone(one));
        for (const one of made.filter((each) => each.asked.length > 1)) expected.set(one, alone(one));
        expect(got).toEqual(made.map((one) => expected.get(one)));
      }
      const kept = [...entries].map(([key, bytes]): [string, number] => [key, bytes.readDoubleBE(0)]);
      expect(new Map(kept)).toEqual(tats);
    }),
  );
});
