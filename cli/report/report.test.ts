import { type LimitReport, parseRunReport } from '@palier/protocol';
import { describe, expect, it } from 'vitest';
import { renderLimitReport, renderReport } from './index.ts';
import { type LimitSampleName, limitSamples } from './testing/limits.ts';
import { type SampleName, samples } from './testing/samples.ts';

const nasty = `<script>alert("x")</script>&'</style>{{x}}`;

describe('renderReport()', () => {
  it.each(Object.keys(samples) as SampleName[])(
    'draws the report "%s" from nothing but its JSON, in less than 2 MB',
    (name) => {
      const report = samples[name]();
      const page = renderReport(parseRunReport(JSON.parse(JSON.stringify(report)), name));
      const word = { pass: 'Pass', fail: 'Fail', inconclusive: 'Inconclusive', invalid: 'Invalid' }[report.verdict];
      expect(page).toContain(`<title>${word}: `);
      expect(page).toContain('<figcaption><b>Response time of what finished in each second</b>');
      expect(page.length).toBeLessThan(2_000_000);
    },
  );

  it('escapes every text of the run', () => {
    const report = samples.crash();
    const dirty = JSON.parse(JSON.stringify(report), (key, value: unknown) =>
      typeof value === 'string' && !fixed.has(key) && !Number.isFinite(Date.parse(value)) ? nasty : value,
    );
    const routes = dirty.scenarios[0].routes;
    expect(routes[0].route).toBe(nasty);
    const page = renderReport(dirty);
    const clean = renderReport(report);
    const count = (text: string, part: string): number => text.split(part).length;
    expect(page).toContain('&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&amp;&#39;');
    expect(count(page, '<script')).toBe(count(clean, '<script'));
    expect(count(page, '</style')).toBe(2);
  });

  it('draws the arrivals of an open model as they were meant and as they began, and the refused only if there are some', () => {
    const open = renderReport(samples.open());
    const refused = renderReport(samples.refused());
    const chartOf = (page: string): string => /<figcaption><b>Arrivals<\/b>.*?<\/figure>/s.exec(page)?.[0] ?? '';
    expect(chartOf(open)).toMatch(/"name":"intended".*"name":"began"/);
    expect(chartOf(open)).not.toContain('"name":"refused"');
    expect(chartOf(refused)).toContain('"name":"refused"');
    expect(open).not.toContain('class="refused"');
    expect(refused).toContain('arrivals were refused (2 %):</strong> all 8 (maxConcurrent) were under way');
    expect(renderReport(samples.pass())).not.toContain('<b>Arrivals</b>');
  });

  it('says the model above all figures, and both numbers of N = X(R + Z)', () => {
    const page = renderReport(samples.open());
    expect(page.indexOf('Open model: tasks arrive at random')).toBeLessThan(page.indexOf('class="verdict'));
    expect(page).toMatch(/N = X·R: \d+ requests\/s × .* = [\d.]+ tasks at once; [\d.]+ were under way/);
    expect(renderReport(samples.pass())).toMatch(/N = X\(R \+ Z\): .* = \d+ users; \d+ were present/);
  });

  it('has a row for a route that was never reached, and tells of messages that were dropped unread', () => {
    const report = samples.pass();
    const scenarios = report.scenarios.map((one) => ({ ...one, neverReached: ['GET /never'], droppedMessages: 1234 }));
    const page = renderReport({ ...report, scenarios });
    expect(page).toMatch(/<th scope="row">GET \/never<\/th><td class="n">0<\/td><td colspan="12">never reached: /);
    expect(page).toMatch(/1.?234 messages over WebSockets came faster than their users read them/);
    expect(renderReport(report)).not.toMatch(/never reached|dropped unread/);
    expect(renderReport(parseRunReport(withoutThem(report), 'older.json'))).not.toMatch(/never reached|dropped unread/);
  });

  it('counts what a limit on a page stands on as visits, and its bytes as bytes', () => {
    const report = samples.pass();
    const [scenario] = report.scenarios;
    const [one] = scenario?.criteria ?? [];
    if (scenario === undefined || one === undefined) throw new Error('no criterion');
    const bundle = { ...one, title: 'bundle size of page /', unit: 'bytes' as const, value: 12_345, samples: 6 };
    const page = renderReport({ ...report, scenarios: [{ ...scenario, criteria: [bundle] }] });
    expect(page.replaceAll('\u00a0', ' ')).toMatch(/12 345 bytes/);
    expect(page).toContain('6<small>visits</small>');
  });

  it('asks nothing of a network', () => {
    const page = renderReport(samples.pass());
    expect(page).toContain(
      `content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"`,
    );
    expect(page.match(/\b(?:src|href|url)[=(]["']?(?!["']?(?:#|data:))[^\s"')]*/g)).toBeNull();
  });

  it('stays small after a day of a large system', () => {
    const report = structuredClone(samples.pass());
    const [scenario] = report.scenarios;
    if (scenario === undefined) throw new Error('no scenario');
    const stretch = <T extends { readonly atMs: number }>(points: readonly T[]): T[] =>
      Array.from({ length: 3600 }, (_, i) => ({ ...(points[i % points.length] as T), atMs: (i + 1) * 24_000 }));
    const replicas = Array.from({ length: 40 }, (_, i) => {
      const one = scenario.replicas[i % 3] as (typeof scenario.replicas)[number];
      return { ...one, replica: `api-${i + 1}`, points: stretch(one.points) };
    });
    const large = { ...scenario, durationMs: 86_400_000, series: stretch(scenario.series), replicas };
    expect(renderReport({ ...report, scenarios: [large] }).length).toBeLessThan(2_000_000);
  });

  it('draws a run in which nothing was answered', () => {
    const report = samples.pass();
    const [scenario] = report.scenarios;
    if (scenario === undefined) throw new Error('no scenario');
    const empty = { count: 0, sum: 0, min: 0, max: 0, buckets: [] };
    const total = { ...scenario.total, requests: 0, response: empty, service: empty };
    const bare = {
      ...scenario,
      total,
      overall: total,
      series: [],
      replicas: [],
      routes: [],
      services: [],
      criteria: [],
    };
    const page = renderReport({ ...report, scenarios: [{ ...bare, phases: [], validity: [], durationMs: 0 }] });
    expect(page).toContain('No request was answered.');
    expect(page).not.toMatch(/NaN|Infinity|>undefined/);
  });
});

describe('renderLimitReport()', () => {
  it.each(Object.keys(limitSamples) as LimitSampleName[])('draws the limit "%s" from nothing but its JSON', (name) => {
    const page = renderLimitReport(JSON.parse(JSON.stringify(limitSamples[name]())));
    expect(page).toContain('Conditions of the run');
    expect(page).not.toMatch(/NaN|Infinity|>undefined|\[object/);
  });

  it('says the limit with its interval, in requests and in users, and what breaks first', () => {
    const report = limitSamples.found();
    const page = renderLimitReport(report).replaceAll('\u00a0', ' ');
    const { value, low, high } = report.limit?.requestsPerSecond ?? { value: 0, low: 0, high: 0 };
    expect(page).toContain(`<strong>${Math.round(value)} requests/s</strong>`);
    expect(page).toContain(`(95 %: ${Math.round(low)}–${Math.round(high)})`);
    expect(page).toContain('At 803 users (95 %: 792–814) that think 1–3 s, with 2 replicas of api.');
    expect(page).toContain('Beyond it, p95 response time breaks first.');
  });

  it('draws a line and a mark for each number of replicas, and none where there was one', () => {
    const report = limitSamples.found();
    const page = renderLimitReport(report);
    for (const words of ['1 replica', '2 replicas', '3 replicas']) {
      expect(page).toContain(`</i>${words}</span>`);
      expect(page).toContain(`title="limit of ${words}: `);
    }
    const one = report.probes.filter(({ replicas }) => replicas === 2);
    expect(renderLimitReport({ ...report, probes: one, limits: [] })).not.toContain('limit of 2 replicas');
  });

  it('draws a probe that told neither as neither', () => {
    const report = limitSamples.found();
    const rings = (text: string): number => /class="hole" d="([^"]*)"/.exec(text)?.[1]?.split('M').length ?? 0;
    const probes = report.probes.map((probe, i) =>
      i === 0 ? Object.assign({}, probe, { outcome: 'unknown' }) : probe,
    );
    const page = renderLimitReport({ ...report, probes });
    expect(page).toContain('? too little to tell');
    expect(rings(page)).toBe(rings(renderLimitReport(report)));
    expect(renderLimitReport(report)).not.toContain('? too little to tell');
  });

  it('never gives a figure as a limit that was not found', () => {
    const title = (name: LimitSampleName): string =>
      /<title>(.*?): limit/.exec(renderLimitReport(limitSamples[name]()))?.[1] ?? '';
    expect(title('not-reached')).toMatch(/^At least \d+ requests\/s$/);
    expect(title('below')).toBe('Below 10 users');
    expect(title('invalid')).toBe('Invalid');
  });

  it('marks each extrapolated row, and a load that no number of replicas carries', () => {
    const report = limitSamples.found();
    const { rows, notes } = report.recommendation ?? { rows: [], notes: [] };
    const marked = (page: string): number => page.split('<tr class="extrapolated">').length - 1;
    expect(marked(renderLimitReport(report))).toBe(rows.filter(({ extrapolated }) => extrapolated).length);
    const never = rows.map((row) => Object.assign({}, row, { replicas: null, untold: false }));
    expect(renderLimitReport({ ...report, recommendation: { rows: never, notes } })).toContain('none suffices');
  });

  it('shows a refused law with its reason and without a curve', () => {
    const page = renderLimitReport(limitSamples['not-reached']());
    expect(page).toContain('Over concurrency: refused.');
    expect(page).toContain('No law over concurrency: distinct concurrencies measured: 1; it takes at least 4');
    expect(page).not.toContain('What the law misses each point by');
  });

  it('says by which figure a change was judged, and beside it what became of the good answers', () => {
    const report = limitSamples.found();
    const text = (page: string): string =>
      page
        .replaceAll('\u00a0', ' ')
        .replaceAll(/<[^>]*>/g, ' ')
        .replaceAll(/\s+/g, ' ');
    const page = text(renderLimitReport(report));
    expect(page).toContain(
      'p95 response time limit 400 ms 1312 ms 1204–1430 96 ms 91–102 −93 % ✓ helped the limit is kept now',
    );
    expect(page).toContain('good answers 397/s 385–409 567/s 541–590 +43 %');
    const [first] = report.bottleneck?.interventions ?? [];
    const beforeMs = { value: 40, low: 0, high: Number.MAX_VALUE };
    const open = { ...first, figure: undefined, beforeMs, afterMs: { value: 20, low: 15, high: 25 } };
    const bottleneck = { ...report.bottleneck, interventions: [open] } as LimitReport['bottleneck'];
    expect(text(renderLimitReport({ ...report, bottleneck }))).toContain(
      'mean response time 40 ms 0–∞ 20 ms 15–25 −50 %',
    );
  });

  it('escapes every text of the search', () => {
    const words = new Set([...fixed, 'purpose', 'over', 'relieves']);
    const dirty = JSON.parse(JSON.stringify(limitSamples.found()), (key, value: unknown) =>
      typeof value === 'string' && !words.has(key) && !/^\d+$/.test(key) ? nasty : value,
    );
    expect(dirty.bottleneck.causes[0].component).toBe(nasty);
    const page = renderLimitReport({ ...dirty, startedAt: '2026-11-21T10:00:00.000Z' });
    expect(page.split('alert(').length).toBeGreaterThan(20);
    expect(page).not.toContain('<script>alert');
    expect(page.split('</style').length).toBe(2);
  });
});

/** Keys whose values are words of the protocol. */
const fixed: ReadonlySet<string> = new Set([
  'kind',
  'verdict',
  'command',
  'outcome',
  'direction',
  'unit',
  'model',
  'state',
]);

/** As a palier wrote it that did not tell these. */
function withoutThem(report: object): unknown {
  const left = (key: string, value: unknown): unknown =>
    key === 'neverReached' || key === 'droppedMessages' ? undefined : value;
  return JSON.parse(JSON.stringify(report, left));
}
