import { fileURLToPath } from 'node:url';
import { mariadbServer, redisServer } from '@palier/testkit/engines';
import { leftBehind, snapshot, startedWith, startProcess } from '@palier/testkit/processes';
import { expect, test } from 'vitest';

const servers = fileURLToPath(new URL('main.ts', import.meta.url));
const needed = mariadbServer().options.skip ? mariadbServer().options : redisServer().options;

test('the command finds both servers, its exit status is kept, and nothing of them is left', needed, async () => {
  const mark = `servers-${process.pid}-${performance.now()}`;
  const before = snapshot();
  const script = `import { connect } from 'node:net';
    import { once } from 'node:events';
    for (const name of ['DATABASE_URL', 'REDIS_URL']) {
      await once(connect(Number(new URL(process.env[name]).port), '127.0.0.1'), 'connect');
      console.log(name + ' answers');
    }
    process.exit(7);`;
  await using run = await startProcess({
    command: [servers, process.execPath, '--input-type=module', '-e', script],
    env: { PALIER_MARK: mark },
  });
  const { code } = await run.ended;
  expect({ code, lines: run.lines }).toEqual({ code: 7, lines: ['DATABASE_URL answers', 'REDIS_URL answers'] });
  expect(leftBehind(before, startedWith(`PALIER_MARK=${mark}`))).toEqual([]);
});
