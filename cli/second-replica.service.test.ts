/** The guide docs/guides/second-replica, played as it is written. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseRunReport, type ScenarioReport } from '@palier/protocol';
import { temporaryFolder } from '@palier/testkit/folder';
import { describe, expect, it, type TestContext } from 'vitest';
import { runBelieved } from './testing/believed.ts';

interface Proof {
  readonly status: number | null;
  readonly text: string;
  readonly scenario: ScenarioReport;
}

async function prove(context: TestContext, which: 'before' | 'after'): Promise<Proof> {
  await using folder = await temporaryFolder(which);
  const config = fileURLToPath(new URL(`../docs/guides/second-replica/${which}/palier.config.ts`, import.meta.url));
  const outcome = await runBelieved(context, folder, 'prove', 'visit', '--config', config, '--json', 'out.json');
  const report = parseRunReport(JSON.parse(await readFile(folder.file('out.json'), 'utf8')), 'out.json');
  return { ...outcome, scenario: report.scenarios[0] as ScenarioReport };
}

describe('an Express service with two replicas', () => {
  it('fails with sessions, limit and cache in its own memory, and the checks of its steps tell it', async (context) => {
    const { status, text, scenario } = await prove(context, 'before');
    expect({ status, text }).toMatchObject({ status: 1, text: expect.stringContaining('FAIL') });
    expect(scenario.criteria.filter(({ outcome }) => outcome === 'broken').length).toBeGreaterThan(0);
    const { errors } = scenario.overall;
    // Strangers at the cart and guesses that nobody counted; prices of the other replica.
    expect([(errors['4xx'] ?? 0) > 0, (errors.check ?? 0) > 0]).toEqual([true, true]);
  }, 240_000);

  it('passes with them in the state that its replicas share', async (context) => {
    const { status, text, scenario } = await prove(context, 'after');
    expect({ status, text }).toMatchObject({ status: 0, text: expect.stringContaining('PASS') });
    expect(scenario.overall.errors).toEqual({});
  }, 240_000);
});
