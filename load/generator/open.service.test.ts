import { Histogram } from '@palier/base/histogram';
import { systemTimers } from '@palier/base/timers';
import type { GeneratorPlan, LoadResult } from '@palier/protocol';
import { startKnownAnswerServer } from '@palier/testkit/servers';
import { describe, expect, test } from 'vitest';
import { startGenerators } from './handle.ts';
import { planOf } from './testing/plan.ts';

const perSecond = 100;
const holdMs = 5000;

/** 100 tasks begin a second, evenly, for five seconds, at a server that takes 100 ms: ten are under way at any time. */
async function rush(maxConcurrent: number, count = 1): Promise<{ result: LoadResult; served: number }> {
  await using server = await startKnownAnswerServer({ kind: 'constant', ms: 100 });
  const plan: GeneratorPlan = planOf({
    target: { host: '127.0.0.1', port: server.port, basePath: '', authority: `127.0.0.1:${server.port}`, tls: null },
    arrivals: { spacing: 'even', maxConcurrent, recordedMs: null },
    stages: [{ kind: 'hold', fromLevel: perSecond, toLevel: perSecond, durationMs: holdMs }],
  });
  const result = await startGenerators(plan, { timers: systemTimers(), count }).result;
  return { result, served: (await server.truth()).length };
}

// Another process in the way delays answers, so that users are busy for longer; one of several runs is free of it.
describe('an open model with real processes', { retry: 4 }, () => {
  test.each([1, 2])('begins every task of its rate, played by %i processes', async (count) => {
    const { result, served } = await rush(50, count);
    const [window] = result.windows;
    expect(window?.refusedArrivals).toBe(0);
    expect(window?.total.requests).toBe((perSecond * holdMs) / 1000);
    expect(served).toBe(window?.total.requests);
    expect(window?.total.errors).toEqual({});
    expect(Histogram.from(window?.total.response ?? new Histogram().snapshot()).quantile(0.5)).toBeLessThan(110_000);
  });

  test('refuses and counts what five users cannot take: half of it', async () => {
    const { result, served } = await rush(5);
    const [window] = result.windows;
    const refused = window?.refusedArrivals ?? 0;
    expect(refused + (window?.total.requests ?? 0)).toBe((perSecond * holdMs) / 1000);
    expect(served).toBe(window?.total.requests);
    // Five users, 100 ms each and a little for the way, make at most 50 a second.
    expect(refused).toBeGreaterThanOrEqual(250 - 5);
    expect(refused).toBeLessThan(300);
  });
});
