import { spawnSync } from 'node:child_process';
import { temporaryFolder } from '@palier/testkit/folder';
import { needs } from '@palier/testkit/program';
import { startKnownAnswerServer } from '@palier/testkit/servers';
import { describe, expect, it } from 'vitest';
import { runPalier, writeSystem } from './testing/palier.ts';

const locust = needs('locust', { debian: 'python3-locust' });
const scenario = {
  stages: [{ rampTo: 4, within: '1s' }, { hold: '2s' }],
  warmUp: '1s',
  limits: { p95Ms: 5000, errorPercent: 1 },
};

describe('an exported script runs', locust.options, () => {
  it('in Locust, whose exit status is the judgement', async () => {
    await using folder = await temporaryFolder('export');
    await writeSystem(folder, { scenario });
    expect((await runPalier(folder, 'export', 'locust', 'short')).status).toBe(0);
    await using server = await startKnownAnswerServer({ kind: 'constant', ms: 5 });
    const words = ['--headless', '-f', folder.file('short_locust.py'), '--host', server.url];
    const { stdout, stderr, status } = spawnSync(locust.path as string, words, { encoding: 'utf8', timeout: 60_000 });
    expect(stdout + stderr).toContain('kept   all requests: errors 0 %');
    expect(status).toBe(0);
  }, 60_000);
});
