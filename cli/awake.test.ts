import { readFile, writeFile } from 'node:fs/promises';
import { temporaryFolder } from '@palier/testkit/folder';
import { describe, expect, it } from 'vitest';
import { keepAwake } from './awake.ts';

describe('keepAwake()', () => {
  it('wishes for 0 µs, a 32-bit number, until it is stopped', async () => {
    await using folder = await temporaryFolder('awake');
    const file = folder.file('cpu_dma_latency');
    await writeFile(file, Buffer.from([0, 0x94, 0x35, 0x77]));
    const awake = await keepAwake(file);
    expect(await readFile(file)).toEqual(Buffer.alloc(4));
    expect(awake.sentence).toContain('were kept awake');
    await awake.stop();
    await expect(awake.stop()).resolves.toBeUndefined();
  });

  it('says so where it cannot be done', async () => {
    await using folder = await temporaryFolder('awake');
    const { sentence, stop } = await keepAwake(folder.file('missing'));
    expect(sentence).toMatch(/could not be kept awake by .*missing: it is not there\.$/);
    await stop();
  });
});
