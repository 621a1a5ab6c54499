import { Histogram } from '@palier/base/histogram';
import { type Random, seededRandom } from '@palier/base/random';
import { describe, expect, it } from 'vitest';
import { type JudgedWindow, judgedWindows } from '../evidence.ts';
import { judgeDefaults } from '../options.ts';
import { simulateEvidence } from '../testing/evidence.ts';
import type { Limit } from './finding.ts';
import { judgeLatency } from './latency.ts';

const limit: Limit = { title: 'p95 response time', limit: 1000, direction: 'below', unit: 'ms' };
const question = { limit, quantile: 0.95, minRequests: 200, route: null };
const [template] = judgedWindows(simulateEvidence({ users: 5, holdMs: 20_000 })) as [JudgedWindow];
const second = template.seconds[0] as JudgedWindow['seconds'][number];

/** `clumped`: a second is slow as a whole, as behind a queue; else each request for itself. Microseconds. */
function times(random: Random, clumped: boolean, seconds: number): readonly (readonly number[])[] {
  return Array.from({ length: seconds }, () => {
    const mood = random.next() < 0.1 ? 4 : 1;
    return Array.from({ length: 50 }, () => {
      const factor = clumped ? mood : random.next() < 0.1 ? 4 : 1;
      return -20_000 * Math.log(1 - random.next()) * factor;
    });
  });
}

function windowOf(list: readonly (readonly number[])[]): JudgedWindow {
  const all = new Histogram();
  const seconds = list.map((values) => {
    const own = new Histogram();
    for (const value of values) own.record(value);
    all.add(own);
    return { ...second, response: own.snapshot() };
  });
  const total = { ...template.result.total, requests: all.count, errors: {}, response: all.snapshot() };
  return { ...template, seconds, result: { ...template.result, total } };
}

function coverage(clumped: boolean): number {
  // 90 % exponential of mean 20 ms, 10 % of 80 ms: P(above t) = 0.9 e^(-t/20) + 0.1 e^(-t/80) is 5 % at 82.67 ms.
  const trueMs = 82.67;
  const random = seededRandom(`latency ${clumped}`);
  let covered = 0;
  for (let round = 0; round < 120; round++) {
    const { interval } = judgeLatency(question, [windowOf(times(random, clumped, 90))], judgeDefaults);
    if (interval !== null && interval.low <= trueMs && interval.high >= trueMs) covered++;
  }
  return covered / 120;
}

describe('judgeLatency()', () => {
  it('covers the true p95 of independent requests', () => {
    expect(coverage(false)).toBeGreaterThan(0.9);
  }, 20_000);

  it('covers it too when slow requests come together', () => {
    expect(coverage(true)).toBeGreaterThan(0.9);
  }, 20_000);

  it('closes the interval of a p99 though its slow requests came in one moment', () => {
    const calm = Array.from({ length: 60 }, () => Array.from({ length: 40 }, () => 20_000));
    const moment = Array.from({ length: 40 }, () => 90_000);
    const p99 = { ...question, quantile: 0.99, minRequests: 1000 };
    const finding = judgeLatency(p99, [windowOf([...calm, moment])], judgeDefaults);
    expect(finding.outcome).toBe('kept');
    expect(finding.interval?.high).toBeLessThan(91);
  });
});
