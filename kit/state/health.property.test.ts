import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type HealthEvent, type HealthFacts, nextHealth, overallHealth, unseen } from './health.ts';

const options = { downAfterMs: 1000, upAfterAnswers: 3 };
const answered: HealthEvent = { kind: 'answered' };
const failed: HealthEvent = { kind: 'failed', reason: 'late' };
const event = fc.constantFrom<HealthEvent>(
  answered,
  failed,
  { kind: 'connected' },
  { kind: 'disconnected', reason: 'gone' },
);
const story = fc.array(fc.tuple(fc.nat(700), event), { maxLength: 60 });

function after(events: readonly (readonly [number, HealthEvent])[]): { facts: HealthFacts; nowMs: number } {
  let facts = nextHealth(unseen, { kind: 'connected' }, 0, options);
  let nowMs = 0;
  for (const [waitMs, one] of events) {
    nowMs += waitMs;
    facts = nextHealth(facts, one, nowMs, options);
  }
  return { facts, nowMs };
}

test('after any story, answers enough are up, and failures long enough are down', () => {
  fc.assert(
    fc.property(story, (events) => {
      const { facts, nowMs } = after(events);
      let up = facts;
      for (let i = 0; i < options.upAfterAnswers; i++) up = nextHealth(up, answered, nowMs, options);
      expect(up).toMatchObject({ state: 'up', reason: undefined, failures: 0 });
      const first = nextHealth(up, failed, nowMs, options);
      expect(first.state).toBe('degraded');
      expect(nextHealth(first, failed, nowMs + options.downAfterMs, options)).toMatchObject({
        state: 'down',
        reason: 'late',
      });
    }),
  );
});

test('one failure never takes it from up to down, one answer never from down to up', () => {
  fc.assert(
    fc.property(story, event, (events, last) => {
      const { facts, nowMs } = after(events);
      const next = nextHealth(facts, last, nowMs, options);
      const fell = facts.state === 'up' && next.state === 'down';
      const rose = facts.state === 'down' && last.kind === 'answered' && next.state === 'up';
      expect({ fell, rose }).toEqual({ fell: false, rose: false });
    }),
  );
});

test('whoever is not up has a reason', () => {
  fc.assert(
    fc.property(story, (events) => {
      const { facts } = after(events);
      expect(facts.state === 'up').toBe(facts.reason === undefined);
    }),
  );
});

test('several nodes are up together, down together, and else degraded, with the reason of one that ails', () => {
  const facts = story.map((events) => after(events).facts);
  fc.assert(
    fc.property(fc.array(facts, { minLength: 1, maxLength: 6 }), (nodes) => {
      const { state, reason } = overallHealth(nodes);
      const states = new Set(nodes.map((node) => node.state));
      expect(state).toBe(states.size === 1 ? nodes[0]?.state : 'degraded');
      expect(state === 'up' || nodes.some((node) => node.reason === reason && node.state !== 'up')).toBe(true);
    }),
  );
  expect(overallHealth([]).state).toBe('down');
});
