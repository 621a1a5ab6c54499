import { expect, test } from 'vitest';
import type { ScenarioReport } from '@palier/protocol';
import { scenarioLines } from './outcome.ts';
import { samples } from './report/testing/samples.ts';

const plain = (_: unknown, text: string): string => text;
const passed = samples.pass().scenarios[0] as ScenarioReport;

test('a pass that left a warm-up out says so, one that left nothing out is silent', () => {
  const cut = { ...(passed.steadiness[0] as ScenarioReport['steadiness'][number]), uncutP95Ms: 124, sentence: 'Cut.' };
  expect(scenarioLines({ ...passed, steadiness: [cut] }, plain)).toContain('  Cut.');
  expect(scenarioLines({ ...passed, steadiness: [{ ...cut, uncutP95Ms: null }] }, plain)).not.toContain('  Cut.');
});
