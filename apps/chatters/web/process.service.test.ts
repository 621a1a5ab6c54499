import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '@palier/testkit/folder';
import { describe, expect, it } from 'vitest';

const application = fileURLToPath(new URL('../', import.meta.url));

interface Ended {
  readonly code: unknown;
  readonly told: string;
}

function run(entry: string, env: Readonly<Record<string, string>>): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { cwd: application, env: { ...process.env, ...env } };
    execFile(process.execPath, [entry], options, (error, stdout, stderr) => {
      resolve({ code: error?.code ?? 0, told: stdout + stderr });
    });
  });
}

describe('a service that cannot start', () => {
  it('says in a sentence what is and what should be, without a stack, and ends with code 1', async () => {
    await using stack = new AsyncDisposableStack();
    const folder = stack.use(await temporaryFolder('chatters-start'));
    const taken = createServer().listen(0, '127.0.0.1');
    stack.defer(() => void taken.close());
    await new Promise((resolve) => void taken.once('listening', resolve));
    const port = String((taken.address() as AddressInfo).port);
    const good = { PORT: '0', DATA_DIR: folder.path, SECRET: 'a secret of 32 characters or more' };
    const file = join(application, 'README.md');
    const mistakes: readonly [string, Record<string, string>, RegExp][] = [
      ['gateway/main.ts', { PORT: port }, /PORT is \d+; it should be a port that no other program uses\./],
      ['helix/main.ts', { PORT: port }, /PORT is \d+; it should be a port that no other program uses\./],
      ['gateway/main.ts', { PORT: 'eighty' }, /PORT is eighty; it should be a whole number from 0 to 65535\./],
      [
        'analysis/main.ts',
        { HOST: '203.0.113.1' },
        /HOST is 203\.0\.113\.1; it should be an address of this machine\./,
      ],
      ['gateway/main.ts', { PUBLIC_URL: 'chat.example' }, /PUBLIC_URL is chat\.example; it should be an address/],
      ['twitch-api/main.ts', { HELIX_URL: 'nope' }, /HELIX_URL is nope; it should be an address/],
      ['worker/main.ts', { TWITCH_API_URL: 'ftp://x' }, /TWITCH_API_URL is ftp:\/\/x; it should be an address/],
      ['worker/main.ts', { SECRET: 'short' }, /SECRET is a text of 5 characters; it should be 32 characters or more/],
      ['worker/main.ts', { DATABASE_URL: 'hello' }, /\\?"hello\\?"; it should be sqlite:PATH, mariadb:/],
      ['worker/main.ts', { DATABASE_URL: 'mariadb://u:p@127.0.0.1:1/x' }, /MariaDB .*; it should /],
      ['gateway/main.ts', { STATE_URL: 'redis://127.0.0.1:1' }, /Redis .*; it should /],
      ['analysis/main.ts', { DATA_DIR: file }, /DATA_DIR is .*, which cannot be made .*; it should be a folder/],
    ];
    const ended = await Promise.all(mistakes.map(([entry, env]) => run(entry, { ...good, ...env })));
    for (const [place, [entry, env, sentence]] of mistakes.entries()) {
      const { code, told } = ended[place] as Ended;
      expect([entry, env, code]).toEqual([entry, env, 1]);
      expect(told).toMatch(sentence);
      expect(told).not.toMatch(/\n? {4}at /);
      expect(told).not.toContain('a secret of 32');
    }
  }, 90_000);
});
