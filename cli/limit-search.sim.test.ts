import { seededRandom } from '@palier/base/random';
import type { RunningSystem } from '@palier/control/system';
import type { ProbeFindings } from '@palier/load/capacity';
import type { Probe, Scenario } from '@palier/protocol';
import { describe, expect, it } from 'vitest';
import type { LimitArguments } from './arguments.ts';
import { type Found, findAll, searchOptionsOf } from './limit-search.ts';
import type { Session } from './limit-session.ts';

const args: LimitArguments = {
  command: 'limit',
  scenario: undefined,
  config: undefined,
  json: undefined,
  report: undefined,
  target: undefined,
  insecure: false,
  quick: false,
  awake: false,
  maxLevel: undefined,
  maxTimeMs: undefined,
  repeat: 1,
  generators: undefined,
  replicas: undefined,
};

const scenario = {
  name: 'short',
  service: 'api',
  model: 'open',
  stages: [{ kind: 'ramp', fromLevel: 0, toLevel: 200, durationMs: 1000 }],
  thinkMs: { min: 0, max: 0 },
  // Nothing that can be seen while a load runs: so the way back is not looked for.
  limits: { cpuPercent: 80 },
} as unknown as Scenario;

interface Simulated {
  readonly found: Found;
  /** In the order of time. */
  readonly scaledTo: readonly number[];
}

/** A system of which each replica carries 500 arrivals a second, seen to some percent; `dies`: at the so-manieth load. */
async function simulated(own: Partial<LimitArguments>, dies = Number.POSITIVE_INFINITY): Promise<Simulated> {
  const wanted = { ...args, ...own };
  const random = seededRandom(1);
  const probes: Probe[] = [];
  const scaledTo: number[] = [];
  let now = 0;
  let loads = 0;
  const running = {
    replicas: () => [],
    scale: (_: string, count: number) => Promise.resolve(void scaledTo.push(count)),
  } as unknown as RunningSystem;
  const arena = { scenario, replicas: 3, system: { services: [] } };
  const session = {
    arena,
    options: searchOptionsOf(wanted, { scenario }),
    probes,
    placement: new Set<string>(),
    surroundings: { clock: { monotonicMs: () => now }, screen: {}, stop: { asked: new AbortController().signal } },
    show: { print: () => undefined },
    over: () => (loads >= dies ? 'It died.' : null),
    gone: () => loads >= dies,
    playable: (level: number) => level,
    play({ shape, purpose }: Parameters<Session['play']>[0], replicas: number) {
      loads++;
      const findings = shape.steps.map(({ level, durationMs }): ProbeFindings => {
        now += durationMs + shape.settleMs;
        const share = level / (500 * replicas) / (0.95 + 0.1 * random.next());
        const outcome = share < 1 ? 'kept' : 'broken';
        const why = typeof purpose === 'function' ? purpose(level) : purpose;
        const rates = { requestsPerSecond: level, goodPerSecond: level, errorPercent: 0 };
        const times = { startMs: now, durationMs, meanMs: 5, p50Ms: 5, p95Ms: 9, p99Ms: null };
        const probe: Probe = { purpose: why, level, replicas, change: null, outcome, reason: '', ...rates, ...times };
        const evidence = { samples: [], result: { windows: [] } };
        const shares = { 'CPU of api': Math.min(share, 1.25) };
        const report = { criteria: [] };
        return { probe, brokenBy: null, refusedWith: null, shares, report, evidence } as unknown as ProbeFindings;
      });
      probes.push(...findings.map(({ probe }) => probe));
      // No step was held as far as the bottleneck's part is concerned: it is not what is looked at here.
      return Promise.resolve({ findings, held: [], seconds: [], placement: [], diedAt: null });
    },
  } as unknown as Session;
  return { found: await findAll(wanted, own.replicas === undefined ? undefined : running, session), scaledTo };
}

const near = (value: number | undefined, truth: number): boolean => Math.abs((value ?? 0) / truth - 1) < 0.05;

describe('the searches of one command', () => {
  it('finds the limit at each number of replicas that is asked for, in their order, and lays a law through them', async () => {
    const { found, scaledTo } = await simulated({ replicas: [1, 2, 4] });
    const { limits, limit, laws } = found.result;
    expect(limits.map(({ replicas }) => replicas)).toEqual([1, 2, 4]);
    for (const { replicas, level } of limits) expect(near(level.value, 500 * replicas)).toBe(true);
    expect(limit).toEqual(limits.at(-1));
    expect(limit?.brokenBy).toBe('CPU of api');
    expect(scaledTo).toEqual([1, 2, 4]);
    expect(laws.find(({ over }) => over === 'replicas')?.fit).not.toBeNull();
    expect(found.result.reasons.join(' ')).not.toContain('searches found a limit');
  });

  it('searches one number of replicas as often as is asked for, and says how well the searches agree', async () => {
    const { found, scaledTo } = await simulated({ replicas: [2], repeat: 5 });
    expect(found.result.limits.map(({ replicas }) => replicas)).toEqual([2, 2, 2, 2, 2]);
    expect(new Set(scaledTo)).toEqual(new Set([2]));
    for (const { level } of found.result.limits) expect(near(level.value, 1000)).toBe(true);
    const sorted = found.result.limits.map(({ level }) => level.value).toSorted((a, b) => a - b);
    expect(found.result.limit?.level.value).toBe(sorted[2]);
    expect(found.result.reasons.join(' ')).toMatch(/^5 of 5 searches found a limit, all within ±\d/);
  });

  it('begins each search but the first a little below what the one before found', async () => {
    const { found } = await simulated({ repeat: 3 });
    const brackets = found.result.probes.filter(({ purpose }) => purpose === 'bracket');
    expect(brackets[0]?.level).toBe(25);
    const first = found.result.limits[0]?.level.value ?? 0;
    expect(brackets.filter(({ level }) => level < 0.75 * first).map(({ level }) => level)).toEqual([
      25, 50, 100, 200, 400, 800,
    ]);
    expect(brackets.some(({ level }) => Math.abs(level / (0.8 * first) - 1) < 0.01)).toBe(true);
  });

  it('keeps what was found before the target died, and searches no further', async () => {
    const { found } = await simulated({ repeat: 10 }, 9);
    expect(found.gone).toBe(true);
    expect(found.result.reasons[0]).toBe('It died.');
    expect(found.result.limits.length).toBeGreaterThan(0);
    expect(found.result.limits.length).toBeLessThan(10);
  });
});
