import type { LoadSecond } from '@palier/protocol';
import { describe, expect, it } from 'vitest';
import { restMsAfter, silentFromMs, withDeath } from './live.ts';
import { probesOf } from './probe.ts';
import { heldEvidence } from './testing/held.ts';

const [some] = heldEvidence().seconds as [LoadSecond];
/** One second after the other, each with its requests and how they failed. */
const secondsOf = (...all: readonly Partial<LoadSecond>[]): readonly LoadSecond[] =>
  all.map((one, i) => Object.assign({}, some, { requests: 100, errors: {}, inFlight: 0, atMs: 1000 * (i + 1) }, one));

describe('how long a system is left alone', () => {
  const broken = { outcome: 'broken', p95Ms: 3000 } as const;

  it('is as long as what it has in hand takes it at its last rate, and at least as long as its answers took', () => {
    expect(restMsAfter(broken, secondsOf({}, {}, { inFlight: 460 }))).toBe(4600);
    // Nobody waits for these 500 any more, but the server does not know it: it serves 50 a second.
    const errors = { timeout: 50 };
    expect(restMsAfter(broken, secondsOf(...Array.from({ length: 10 }, () => ({ errors }))))).toBe(10_000);
    expect(restMsAfter(broken, secondsOf({}, { inFlight: 1 }))).toBe(3000);
  });

  it('is nothing after a probe that was kept, and 30 s at most', () => {
    expect(restMsAfter(undefined, [])).toBe(0);
    expect(restMsAfter({ outcome: 'kept', p95Ms: 150 }, secondsOf({ inFlight: 1000 }))).toBe(0);
    expect(restMsAfter(broken, [])).toBe(3000);
    expect(restMsAfter({ outcome: 'invalid', p95Ms: 60_000 }, [])).toBe(30_000);
    expect(restMsAfter(broken, secondsOf({ requests: 0, inFlight: 5 }))).toBe(30_000);
  });
});

describe('a target that fell silent', () => {
  const refused: Partial<LoadSecond> = { errors: { connect: 100 } };

  it('is silent from the first second on in which no connection was accepted, if none was until the end', () => {
    expect(silentFromMs(secondsOf({}, {}, refused, { requests: 0 }, refused))).toBe(2000);
    expect(silentFromMs(secondsOf({}, refused, {}))).toBeNull();
    expect(silentFromMs(secondsOf({}, { errors: { connect: 99 } }))).toBeNull();
    expect(silentFromMs(secondsOf({}, { errors: { '5xx': 100 } }))).toBeNull();
    expect(silentFromMs([])).toBeNull();
  });

  it('breaks no limit: the probe in which it died is invalid, one that was over before is not', () => {
    const [found] = probesOf(heldEvidence(300), { purpose: 'edge', replicas: 3, change: null, startMs: 60_000 });
    if (found === undefined) throw new Error('no probe');
    const { startMs, durationMs } = found.probe;
    expect(found).toMatchObject({ probe: { outcome: 'broken' }, brokenBy: 'p95 response time' });
    expect(withDeath(found, startMs + durationMs)).toBe(found);
    expect(withDeath(found, startMs + durationMs - 1)).toMatchObject({ probe: { outcome: 'invalid' }, brokenBy: null });
  });
});
