import { temporaryFolder } from '@palier/testkit/folder';
import { leftBehind, snapshot, startedWith, type TestProcess } from '@palier/testkit/processes';
import { until } from '@palier/testkit/until';
import { describe, expect, it } from 'vitest';
import { startPalier, writeSystem } from './testing/palier.ts';

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
