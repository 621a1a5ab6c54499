import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { temporaryFolder } from '@palier/testkit/folder';
import { freePort } from '@palier/testkit/ports';
import { describe, expect, it } from 'vitest';
import { runPalier, type SystemParts, writeSystem } from './testing/palier.ts';

async function outcomeOf(
  parts: SystemParts,
  ...words: readonly string[]
): Promise<{ status: number | null; text: string }> {
  await using folder = await temporaryFolder('mistake');
  await writeSystem(folder, parts);
  // Awaited here: the folder goes away when this function ends.
  const outcome = await runPalier(folder, ...words);
  return outcome;
}

describe('a mistake of the user’s is answered with a sentence, a hint and exit status 2, never a stack', () => {
  it('no system file', async () => {
    await using folder = await temporaryFolder('mistake');
    const { status, text } = await runPalier(folder, 'prove');
    expect(status).toBe(2);
    expect(text).toContain('There is no system file');
    expect(text).not.toContain('    at ');
  });

  it('a system file that is no module', async () => {
    await using folder = await temporaryFolder('mistake');
    await writeFile(folder.file('palier.config.mjs'), 'export default {');
    const { status, text } = await runPalier(folder, 'prove');
    expect(status).toBe(2);
    expect(text).toMatch(/cannot be loaded .*, line 1\)/);
  });

  it('a wrong key', async () => {
    const { status, text } = await outcomeOf({ service: { replicsa: 3 } }, 'prove');
    expect(status).toBe(2);
    expect(text).toContain('services.api.replicsa: is 3; expected no such key');
  });

  it('a scenario that does not exist', async () => {
    const { status, text } = await outcomeOf({}, 'prove', 'spike');
    expect(status).toBe(2);
    expect(text).toContain('There is no scenario spike');
    expect(text).toContain('short');
  });

  it('a data file that is missing, before anything is started', async () => {
    const { status, text } = await outcomeOf({ scenario: { data: { user: { file: './users.json' } } } }, 'prove');
    expect(status).toBe(2);
    expect(text).toContain('users.json');
    expect(text).not.toContain('api-1');
  });

  it('a result that cannot be written, before anything is started', async () => {
    const { status, text } = await outcomeOf({}, 'prove', '--json', 'palier.config.json/out.json');
    expect(status).toBe(2);
    expect(text).toContain('out.json cannot be written');
    expect(text).not.toContain('api-1');
  });

  it('a command that does not exist', async () => {
    const { status, text } = await outcomeOf({ service: { command: ['no-such-program'] } }, 'prove');
    expect(status).toBe(2);
    expect(text).toContain('no-such-program');
  });

  it('a command that ends at once, with its last lines', async () => {
    const command = 'echo the database is missing >&2; exit 7';
    const { status, text } = await outcomeOf({ service: { command } }, 'prove');
    expect(status).toBe(2);
    expect(text).toContain('the database is missing');
    expect(text).toContain('7');
  });

  it('a service that never becomes healthy, with the last answer seen', async () => {
    const { status, text } = await outcomeOf({ service: { health: '/broken', startTimeout: '2s' } }, 'prove');
    expect(status).toBe(2);
    expect(text).toContain('500');
  });

  it('a port in use', async () => {
    const port = await freePort();
    const holder = createServer().listen(port, '127.0.0.1');
    try {
      const { status, text } = await outcomeOf({ service: { listen: port } }, 'prove');
      expect(status).toBe(2);
      expect(text).toContain(String(port));
    } finally {
      holder.close();
    }
  });

  it('a dead target', async () => {
    const { status, text } = await outcomeOf({}, 'load', 'short', '--target', `http://127.0.0.1:${await freePort()}`);
    expect(status).toBe(2);
    expect(text).toMatch(/refused|answer/i);
  });

  it('a target that is no address', async () => {
    const { status, text } = await outcomeOf({}, 'load', 'short', '--target', 'localhost');
    expect(status).toBe(2);
    expect(text).toContain('localhost');
  });

  it('a load of a system that is not up', async () => {
    const { status, text } = await outcomeOf({}, 'load', 'short');
    expect(status).toBe(2);
    expect(text).toContain('palier up');
  });
});
