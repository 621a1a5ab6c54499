import { expect, test } from 'vitest';
import type { ScenarioReport } from '@palier/protocol';
import { nextLines, scenarioLines } from './outcome.ts';
import { samples } from './report/testing/samples.ts';

const plain = (_: unknown, text: string): string => text;
const passed = samples.pass().scenarios[0] as ScenarioReport;

test('a pass that left a warm-up out says so, one that left nothing out is silent', () => {
  const cut = { ...(passed.steadiness[0] as ScenarioReport['steadiness'][number]), uncutP95Ms: 124, sentence: 'Cut.' };
  expect(scenarioLines({ ...passed, steadiness: [cut] }, plain)).toContain('  Cut.');
  expect(scenarioLines({ ...passed, steadiness: [{ ...cut, uncutP95Ms: null }] }, plain)).not.toContain('  Cut.');
});

test('routes that were never reached and messages that were dropped are named, and nothing is said where there are none', () => {
  const told = scenarioLines({ ...passed, neverReached: ['GET /a', 'GET /b'], droppedMessages: 3 }, plain);
  expect(told).toContain('  never reached: GET /a, GET /b');
  expect(told).toContain('  3 messages over WebSockets were dropped unread');
  expect(scenarioLines(passed, plain).join()).not.toMatch(/never reached|dropped/);
});

test('a limit whose requests had no answer shows no figure', () => {
  const [criterion] = passed.criteria as [ScenarioReport['criteria'][number]];
  const criteria = [{ ...criterion, outcome: 'broken', value: null, interval: null } as const];
  const row = scenarioLines({ ...passed, verdict: 'fail', criteria }, plain).find((line) => line.includes('✘'));
  expect(row).toMatch(/✘ p95 response time +no answer +< \d+ ms$/);
});

test('bytes of a page are written as bytes', () => {
  const [criterion] = passed.criteria as [ScenarioReport['criteria'][number]];
  const bundle = {
    title: 'bundle size of page /',
    unit: 'bytes',
    value: 12_345,
    interval: null,
    limit: 100_000,
  } as const;
  const row = scenarioLines({ ...passed, criteria: [{ ...criterion, ...bundle }] }, plain).find((line) =>
    line.includes('bundle'),
  );
  expect(row).toMatch(/12,345 bytes +< 100,000 bytes$/);
});

test('after a load of somebody’s server nothing is suggested that would run the services of the file', () => {
  const report = { ...samples.pass(), command: 'load' } as const;
  const next = {
    report,
    scenarios: [passed.name, 'spike'],
    config: 'a.ts',
    palier: 'npx palier',
  };
  const lines = nextLines({ ...next, target: 'http://127.0.0.1:1' }, plain).join('\n');
  expect(lines).not.toMatch(/palier (prove|up)/);
  expect(lines).toContain('npx palier load spike --target http://127.0.0.1:1 --config a.ts');
  expect(nextLines({ ...next, target: undefined, report: samples.pass() }, plain).join('\n')).toContain('palier up');
});
