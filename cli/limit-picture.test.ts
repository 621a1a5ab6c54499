import { describe, expect, it } from 'vitest';
import { curveLines, recommendationLines, searchLines } from './limit-picture.ts';
import { limitSamples } from './report/testing/limits.ts';
import type { Paint } from './picture/index.ts';

const plain: Paint = (_, text) => text;

describe('curveLines()', () => {
  it('draws one row a load, the limit between what it kept and what broke, then the way down', () => {
    const lines = curveLines(limitSamples.found(), plain);
    const rows = lines.map((line) => line.trim().split(/\s+/));
    const edge = lines.findIndex((line) => line.includes('─ limit ─'));
    expect(Number(rows[edge - 1]?.[0])).toBeLessThanOrEqual(803);
    expect(Number(rows[edge + 1]?.[0])).toBeGreaterThan(803);
    expect(lines.filter((line) => line.startsWith('  ↓')).map((line) => /\d+/.exec(line)?.[0])).toEqual([
      '1',
      '800',
      '650',
      '500',
    ]);
    expect(lines.at(-1)).toContain('✔');
  });

  it('draws nothing where fewer than two loads were tried', () => {
    expect(curveLines(limitSamples.invalid(), plain)).toEqual([]);
    expect(curveLines(limitSamples.below(), plain)).toEqual([]);
  });

  it('marks with ? a load that told neither kept from broken', () => {
    const report = limitSamples.found();
    const [first] = report.probes;
    const probes = (['kept', 'unknown', 'broken'] as const).map((outcome, i) =>
      Object.assign({}, first, { level: 10 * (i + 1), outcome }),
    );
    const lines = curveLines({ ...report, limit: null, probes }, plain).slice(2);
    expect(lines.map((line) => line.at(-1))).toEqual(['✔', '?', '✘']);
    // At one load those that could not tell have no say.
    const mixed = probes.map((probe) => Object.assign({}, probe, { level: probe.outcome === 'broken' ? 30 : 10 }));
    expect(curveLines({ ...report, limit: null, probes: mixed }, plain)[2]).toMatch(/✔$/);
  });

  it('draws no more than 16 loads, the lowest and the highest among them', () => {
    const report = limitSamples.found();
    const probes = Array.from({ length: 60 }, (_, i) => Object.assign({}, report.probes[0], { level: i + 1 }));
    const lines = curveLines({ ...report, limit: null, probes }, plain).slice(2);
    expect(lines.length).toBe(16);
    expect([lines[0], lines[15]].map((line) => Number(line?.trim().split(/\s+/)[0]))).toEqual([1, 60]);
  });
});

describe('searchLines()', () => {
  it('tells the limit that one number of replicas had, though the search of another found none', () => {
    const report = limitSamples.found();
    expect(searchLines(report, plain).length).toBe(4);
    const lines = searchLines({ ...report, limits: report.limits.slice(0, 1) }, plain);
    expect(lines.join('\n')).toMatch(/1 replica +\d+ requests\/s/);
    expect(searchLines({ ...report, limits: [] }, plain)).toEqual([]);
  });
});

describe('recommendationLines()', () => {
  it('marks what nobody measured, and says where the number cannot be told', () => {
    const report = limitSamples.found();
    const lines = recommendationLines(report, 80, plain);
    const marked = report.recommendation?.rows.filter(({ extrapolated }) => extrapolated).length;
    expect(lines.filter((line) => line.endsWith(' *')).length).toBe(marked);
    expect(lines.join('\n')).toContain('cannot be told: ≥ 5');
    expect(lines.find((line) => line.includes('today'))).not.toContain('*');
  });

  it('gives a number with its interval, none where none suffices, and with all columns stays within 80 characters', () => {
    const report = limitSamples.found();
    const ends = [
      { replicas: 12, replicasRange: { low: 10, high: 14 } },
      { replicas: 12, replicasRange: { low: 12, high: 12 } },
      { replicas: null, replicasRange: { low: null, high: null } },
      { replicas: null, replicasRange: { low: 11, high: 380 }, untold: true },
      { replicas: null, untold: true, replicasRange: { low: 4000, high: null } },
    ];
    const rows = (report.recommendation?.rows ?? []).map((row, i) =>
      Object.assign({}, row, { shards: 12, untold: false }, i === 0 ? {} : ends[(i - 1) % ends.length]),
    );
    const table = recommendationLines({ ...report, recommendation: { rows, notes: [] } }, 80, plain);
    const text = table.join('\n');
    expect(text).toContain(' 12 (10–14) ');
    expect(text).toMatch(/ {3}12 {3}/);
    expect(text).toContain(' none suffices ');
    expect(text).toContain(' cannot be told: 11–380 ');
    expect(text).toContain(' cannot be told: ≥ 4000 ');
    expect(Math.max(...table.map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it('leaves out columns of which nothing is known, and all without a recommendation', () => {
    const heading = recommendationLines(limitSamples.metastable(), 80, plain)[2];
    expect(heading?.trim().split(/ {3,}/)).toEqual(['load', 'requests/s', 'replicas of api']);
    expect(recommendationLines(limitSamples['not-reached'](), 80, plain)).toEqual([]);
  });
});
