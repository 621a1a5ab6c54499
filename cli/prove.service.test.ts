import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseRunReport, type RunReport } from '@palier/protocol';
import { type TemporaryFolder, temporaryFolder } from '@palier/testkit/folder';
import {
  descendantsOf,
  isRunning,
  leftBehind,
  snapshot,
  startedWith,
  type TestProcess,
} from '@palier/testkit/processes';
import { until } from '@palier/testkit/until';
import { describe, expect, it } from 'vitest';
import { believed, runBelieved, whyNot } from './testing/believed.ts';
import { runPalier, startPalier, writeSystem } from './testing/palier.ts';

/** Half as long as usual: for what does not hang on many requests. */
const brief = [{ rampTo: 40, perSecond: 40 }, { hold: '6s' }, { rampTo: 0, within: '1s' }];

async function reportIn(folder: TemporaryFolder): Promise<RunReport> {
  const file = folder.file('out.json');
  return parseRunReport(JSON.parse(await readFile(file, 'utf8')), file);
}

/** The processes below palier whose command line contains `part`. */
function below(palier: TestProcess, part: string): number[] {
  return descendantsOf(palier.pid, snapshot().processes)
    .filter(({ commandLine }) => commandLine.includes(part))
    .map(({ pid }) => pid);
}

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

describe('palier prove with several generators', () => {
  it('plays an open model with two processes and tells one result that says so', async () => {
    await using folder = await temporaryFolder('two');
    const open = {
      arrivals: { maxConcurrent: 100 },
      thinkTime: undefined,
      stages: [{ rateTo: 100, within: '0s' }, { hold: '6s' }],
    };
    await writeSystem(folder, { scenario: open });
    await using palier = await startPalier(folder, 'prove', 'short', '--generators', '2', '--json', 'out.json');
    await until('two generators', () => below(palier, 'load/generator/main').length === 2);
    await palier.ended;
    const report = await reportIn(folder);
    const [scenario] = report.scenarios;
    expect(scenario?.generator.processes).toBe(2);
    expect(report.conditions.pinning.filter((sentence) => /^generator [12] of 2: /.test(sentence))).toHaveLength(2);
    // Every arrival of both shares: all of Poisson's 600, give or take six times its deviation.
    const all = (scenario?.overall.requests ?? 0) + (scenario?.arrivals?.refused ?? 0);
    expect(Math.abs(all - 600)).toBeLessThan(6 * Math.sqrt(600));
  }, 120_000);

  it('lowers a number of processes above that of the users, and tells it', async () => {
    await using folder = await temporaryFolder('many');
    await writeSystem(folder, { scenario: { stages: [{ rampTo: 2, perSecond: 2 }, { hold: '3s' }] } });
    const { text } = await runPalier(folder, 'prove', 'short', '--generators', '5', '--json', 'out.json');
    expect(text).toContain('5 generator processes were asked for; 2 play, since there are at most 2 users.');
    expect((await reportIn(folder)).scenarios[0]?.generator.processes).toBe(2);
  }, 120_000);
});

describe('however palier ends, it leaves no process and no port behind', () => {
  async function ends(how: (palier: TestProcess) => void): Promise<number | null> {
    await using folder = await temporaryFolder('ends');
    await writeSystem(folder, { service: { env: { PALIER_TEST_MARK: folder.path } } });
    const before = snapshot();
    await using palier = await startPalier(folder, 'up');
    await palier.line(/http:\/\/127\.0\.0\.1:\d+/, 60_000);
    how(palier);
    const { code } = await palier.ended;
    await until('nothing left', () => leftBehind(before, startedWith(`PALIER_TEST_MARK=${folder.path}`)).length === 0, {
      withinMs: 30_000,
    });
    await until('no child of palier', () =>
      snapshot().processes.every(({ commandLine }) => !commandLine.includes(folder.path)),
    );
    return code;
  }

  it('Ctrl-C to the whole group', async () => {
    expect(await ends(({ pid }) => process.kill(-pid, 'SIGINT'))).toBe(0);
  });

  it('SIGTERM to palier', async () => {
    expect(await ends(({ pid }) => process.kill(pid, 'SIGTERM'))).toBe(0);
  });

  it('SIGKILL of palier', async () => {
    expect(await ends(({ pid }) => process.kill(pid, 'SIGKILL'))).toBeNull();
  });
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
