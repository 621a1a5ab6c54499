import { availableParallelism } from 'node:os';
import { systemClock } from '@palier/base/clock';
import { systemTimers } from '@palier/base/timers';
import { startProcess } from '@palier/testkit/processes';
import { describe, expect, test } from 'vitest';
import { conditionsOf, examineMachine } from './index.ts';
import { readFacts } from './read.ts';

test('this machine is told in sentences, and its conditions are what a report asks for', async () => {
  const findings = await examineMachine({ programFolders: [] });
  for (const { title, sentence } of findings) expect(`${title}: ${sentence}`).toMatch(/^\w[\w ]*: .+\.$/);
  expect(findings.map(({ title }) => title)).toEqual(expect.arrayContaining(['processor', 'memory', 'Node', 'timers']));
  expect(findings.find(({ title }) => title === 'programs')?.sentence).toMatch(/^None found/);
  expect(await conditionsOf('1.2.3')).toEqual({
    palierVersion: '1.2.3',
    nodeVersion: process.version,
    platform: expect.stringContaining(process.platform),
    cpuModel: expect.any(String),
    cores: availableParallelism(),
    memoryBytes: expect.any(Number),
  });
});

describe.runIf(process.platform === 'linux')('on Linux', () => {
  test('a process that burns a core is named among what disturbs', async () => {
    await using burner = await startProcess({
      command: [process.execPath, '-e', 'console.log("on"); for (;;);'],
      ready: /on/,
    });
    const { activity } = await readFacts(systemClock(), systemTimers(), []);
    expect(activity?.busiest.map(({ pid }) => pid)).toContain(burner.pid);
    expect(activity?.busyShare).toBeGreaterThan(0.05);
  });
});
