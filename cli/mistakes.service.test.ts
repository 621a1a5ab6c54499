import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { temporaryFolder } from '@palier/testkit/folder';
import { freePort } from '@palier/testkit/ports';
import { startProcess } from '@palier/testkit/processes';
import { describe, expect, it } from 'vitest';
import { palierBin, runPalier, type SystemParts, writeSystem } from './testing/palier.ts';

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

  it.each([
    ['a rejection that nobody handles', "Promise.reject(new Error('the wiki is gone'));"],
    ['a throw in a timer', "setTimeout(() => { throw new Error('the wiki is gone'); }, 0);"],
    [
      'a throw in a timer while it waits',
      "setTimeout(() => { throw new Error('the wiki is gone'); }); await new Promise(() => {});",
    ],
  ])('a system file with %s', async (_, body) => {
    await using folder = await temporaryFolder('mistake');
    await writeFile(folder.file('palier.config.mjs'), `${body}\nsetInterval(() => {}, 1000);\nexport default {};`);
    const { status, text } = await runPalier(folder, 'prove');
    expect(status).toBe(2);
    expect(text).toMatch(/palier\.config\.mjs cannot be loaded \(Error: the wiki is gone\)/);
    expect(text).not.toContain('    at ');
  });

  it.each([
    ['which stops what runs', 1500],
    ['which stops what starts', 150],
  ])('a system file that throws later, %s', async (_, afterMs) => {
    await using folder = await temporaryFolder('mistake');
    await writeSystem(folder);
    const late = `setTimeout(() => { throw new Error('the wiki is gone'); }, ${afterMs});`;
    const rest =
      "import { readFileSync } from 'node:fs';\nexport default JSON.parse(readFileSync('palier.config.json', 'utf8'));";
    await writeFile(folder.file('late.config.mjs'), `${rest}\n${late}`);
    const { status, text } = await runPalier(folder, 'up', '--config', 'late.config.mjs');
    expect(status).toBe(2);
    expect(text).toMatch(/nothing caught \(Error: the wiki is gone/);
    expect(text).toContain('PALIER_UNCAUGHT');
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

describe('palier.mjs', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'passes %s on, to a system file that never ends, too',
    async (signal) => {
      await using folder = await temporaryFolder('signal');
      const waiting =
        "console.log('waiting');\nsetInterval(() => {}, 1000);\nawait new Promise(() => {});\nexport default {};";
      await writeFile(folder.file('palier.config.mjs'), waiting);
      // Without the condition of the sources, as in a shell of the user's: the wrapper then starts a second process.
      const env = { NODE_OPTIONS: '' };
      await using palier = await startProcess({
        command: [process.execPath, palierBin, 'prove'],
        cwd: folder.path,
        env,
        ready: /^waiting$/,
      });
      process.kill(palier.pid, signal);
      expect((await palier.ended).code).toBe(130);
    },
  );

  it('lends itself to a system file that stands anywhere', async () => {
    await using folder = await temporaryFolder('anywhere');
    const config =
      "import { defineSystem } from 'palier';\nexport default defineSystem({ name: 'shop', services: {}, scenariosa: {} });";
    await writeFile(folder.file('palier.config.ts'), config);
    const { status, text } = await runPalier(folder, 'prove');
    expect(status).toBe(2);
    expect(text).toContain('scenariosa');
  });
});
