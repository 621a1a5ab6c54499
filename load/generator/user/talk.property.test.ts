import type { GeneratorPlan } from '@palier/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Behaviour, fakeChannels } from '../testing/channel.ts';
import { crowd, planOf, stepOf, websocket } from '../testing/plan.ts';
import { play } from '../testing/play.ts';
import { ok } from '../testing/server.ts';

const { connect, send, expect: awaited, hold, close } = websocket;

const between: fc.Arbitrary<GeneratorPlan['start'][number][]> = fc.array(
  fc.oneof<fc.Arbitrary<GeneratorPlan['start'][number]>[]>(
    fc.constant(send({ say: 'hi' })),
    fc.integer({ min: 1, max: 400 }).map((withinMs) => awaited({}, withinMs)),
    fc.integer({ min: 1, max: 700 }).map((ms) => hold(ms)),
    fc.constant(stepOf()),
  ),
  { maxLength: 6 },
);
const steps = fc
  .tuple(between, fc.boolean(), between)
  .map(([first, again, second]) =>
    ([connect('/a')] as GeneratorPlan['start'][number][]).concat(
      first,
      again ? ([close(), connect('/b')] as GeneratorPlan['start'][number][]).concat(second) : [],
    ),
  );

const after = fc.integer({ min: 1, max: 800 });
const deed = fc.oneof(
  fc.record({ afterMs: after, event: fc.constant('message' as const), text: fc.constant('{"a":1}') }),
  fc.record({ afterMs: after, event: fc.constant('close' as const), text: fc.constant('gone') }),
  fc.record({ afterMs: after, event: fc.constant('break' as const), text: fc.constant('ECONNRESET') }),
  fc.record({ afterMs: after, event: fc.constant('protocol' as const), text: fc.constant('WS_ERR_INVALID_OPCODE') }),
);
const beginning: fc.Arbitrary<Behaviour> = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 50 }).map((afterMs): Behaviour => [{ afterMs, event: 'open' }]) },
  { weight: 1, arbitrary: fc.constantFrom<Behaviour>([{ afterMs: 5, event: 'refuse', text: '503' }], []) },
  { weight: 1, arbitrary: fc.constant<Behaviour>([{ afterMs: 5, event: 'break', text: 'ECONNREFUSED' }]) },
);
const connected = fc
  .tuple(beginning, fc.array(deed, { maxLength: 3 }))
  .map(([first, rest]): Behaviour => (first[0]?.event === 'open' ? first.concat(rest.map(later)) : first));

/** After the opening. */
function later(one: Behaviour[number]): Behaviour[number] {
  return { ...one, afterMs: one.afterMs + 50 };
}

describe('users of WebSockets', () => {
  it('account for everything whatever the servers do, and leave nothing open', () => {
    fc.assert(
      fc.property(
        steps,
        fc.array(connected, { minLength: 1, maxLength: 8 }),
        fc.array(fc.array(deed, { maxLength: 2 }), { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        fc.integer({ min: 200, max: 4000 }),
        (list, behaviours, answers, isOpen, holdMs) => {
          const channels = fakeChannels(
            (n) => behaviours[n % behaviours.length] as Behaviour,
            (_, n) => answers[n % answers.length] as Behaviour,
          );
          const stages = isOpen
            ? [{ kind: 'hold' as const, fromLevel: 8, toLevel: 8, durationMs: holdMs }]
            : [...crowd(4, holdMs), { kind: 'ramp' as const, fromLevel: 4, toLevel: 0, durationMs: 300 }];
          const plan = planOf({
            tasks: [{ name: 'talk', weight: 100, steps: list }],
            stages,
            arrivals: isOpen ? { spacing: 'even', maxConcurrent: 5, recordedMs: null } : null,
            thinkMs: isOpen ? { min: 0, max: 0 } : { min: 5, max: 90 },
            requestTimeoutMs: 500,
          });
          const { all, seconds, server } = play(plan, { answer: () => ok(20), openChannel: channels.open });
          expect(channels.live.size).toBe(0);
          const { routes, total } = all;
          const of = (route: string): number => routes[route]?.requests ?? 0;
          expect(of('connect')).toBe(channels.asked.length);
          expect(of('GET /')).toBe(server.asked.length);
          expect(seconds.reduce((sum, second) => sum + second.requests, 0)).toBe(total.requests);
          // A send or a hold is a request only when it went wrong.
          expect(all.sendsMade).toBe(of('connect') + channels.sent.length + of('send') + of('GET /'));
          for (const route of ['send', 'hold']) {
            expect(routes[route]?.response.count ?? 0).toBe(0);
            expect(routes[route]?.errors.reset ?? 0).toBe(of(route) - (routes[route]?.errors.malformed ?? 0));
          }
          const lostMs = all.userMs - all.waitMs - all.thinkMs;
          expect(lostMs).toBeGreaterThan(-0.001);
          // Alarms are at least a millisecond; what falls due in the last one may never act.
          expect(lostMs).toBeLessThan(0.05 * all.userMs + 10);
        },
      ),
      { numRuns: 150 },
    );
  });
});
