import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '@palier/testkit/folder';
import { isRunning } from '@palier/testkit/processes';
import { until } from '@palier/testkit/until';
import { describe, expect, it } from 'vitest';
import { believed, runBelieved, whyNot } from './testing/believed.ts';
import { below, reportIn, startPalier, writeSystem } from './testing/palier.ts';

/** Half as long as usual: for what does not hang on many requests. */
const brief = [{ rampTo: 40, perSecond: 40 }, { hold: '6s' }, { rampTo: 0, within: '1s' }];

describe('palier prove', () => {
  it('proves a service in Python that imports nothing of ours', async (context) => {
    await using folder = await temporaryFolder('python');
    const config = fileURLToPath(new URL('../docs/guides/any-language/palier.config.ts', import.meta.url));
    const words = ['visit', '--config', config, '--time-scale', '0.8'];
    const asked = ['prove', ...words, '--json', 'out.json', '--report', 'out.html'];
    const { status, text } = await runBelieved(context, folder, ...asked);
    expect({ status, text }).toMatchObject({ status: 0, text: expect.stringContaining('PASS') });
    const report = await reportIn(folder);
    expect(report.verdict).toBe('pass');
    expect(report.scenarios[0]?.criteria.map(({ outcome }) => outcome)).toEqual(Array(5).fill('kept'));
    expect(await readFile(folder.file('out.html'), 'utf8')).toContain('<!doctype html>');
  }, 120_000);

  it('fails a system that breaks a limit, and says by how much', async (context) => {
    await using folder = await temporaryFolder('fail');
    const tasks = { look: { weight: 100, steps: [{ request: 'GET /slow' }] } };
    await writeSystem(folder, { scenario: { stages: brief, tasks, limits: { p95Ms: 500, errorPercent: 10 } } });
    const { status, text } = await runBelieved(context, folder, 'prove', 'short');
    expect({ status, text }).toMatchObject({ status: 1 });
    expect(text).toContain('FAIL');
    const told = /p95 response time was (\d+) ms .*limit 500 ms: broken by (\d+) ms/.exec(text.replaceAll(/\s+/g, ' '));
    const [wasMs, byMs] = (told ?? []).slice(1).map(Number) as [number, number];
    // It answers after 700 ms, later still on a busy machine.
    expect(wasMs).toBeGreaterThanOrEqual(700);
    expect(byMs).toBe(wasMs - 500);
  }, 120_000);

  it('calls the run invalid when the generator was starved of CPU', async () => {
    await using folder = await temporaryFolder('starved');
    await writeSystem(folder, { scenario: { stages: brief } });
    await using palier = await startPalier(folder, 'prove', 'short', '--json', 'out.json');
    const [generator = 0] = await until('a generator', () => {
      const found = below(palier, 'load/generator/main');
      return found.length > 0 ? found : undefined;
    });
    // Held back for 300 ms of every 600 ms: half of its share of the core.
    for (let held = 0; held < 100 && isRunning(generator); held++) {
      for (const signal of ['SIGSTOP', 'SIGCONT'] as const) {
        signalled(generator, signal);
        await pause(300);
      }
    }
    const { code } = await palier.ended;
    expect({ code, lines: palier.lines.slice(-30) }).toMatchObject({ code: 3 });
    const report = await reportIn(folder);
    expect(report.verdict).toBe('invalid');
    expect(report.scenarios[0]?.validity.filter(({ ok }) => !ok).length).toBeGreaterThan(0);
  }, 120_000);

  it('replaces a replica that is killed under load; only requests in its hands fail, each counted', async (context) => {
    await using folder = await temporaryFolder('kill');
    await writeSystem(folder, { service: { replicas: 3 }, scenario: { limits: { p95Ms: 500, errorPercent: 5 } } });
    const run = async () => {
      await using palier = await startPalier(folder, 'prove', 'short', '--json', 'out.json');
      await palier.line(/hold/, 60_000);
      const victim = below(palier, 'server.mjs').at(0) as number;
      process.kill(victim, 'SIGKILL');
      const { code } = await palier.ended;
      return { status: code, text: palier.lines.slice(-30).join('\n') };
    };
    expect(await believed(context, run, whyNot)).toMatchObject({ status: 0 });
    const [scenario] = (await reportIn(folder)).scenarios;
    expect(scenario?.events.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['replica-crashed', 'replica-healthy']),
    );
    const errors = Object.values(scenario?.overall.errors ?? {}).reduce((sum, count) => sum + count, 0);
    // Forty users over three replicas: far fewer than these can be in the hands of one.
    expect(errors).toBeLessThanOrEqual(20);
    expect(scenario?.replicas.length).toBeGreaterThan(3);
  }, 240_000);
});

/** It may have ended since it was looked for. */
function signalled(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
