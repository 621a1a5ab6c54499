import { chmod } from 'node:fs/promises';
import { connect } from 'node:net';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../folder.ts';
import { isRunning, startProcess } from '../processes/index.ts';
import { until } from '../until.ts';
import {
  type DatabaseServer,
  mariadbServer,
  postgresServer,
  type RedisServer,
  redisServer,
  startMariadb,
  startPostgres,
  startRedis,
} from './index.ts';

/** Whether somebody takes connections there. */
async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function cycle(start: () => Promise<DatabaseServer | RedisServer>): Promise<number> {
  await using server = await start();
  expect(await listens(server.port)).toBe(true);
  const { pid } = server;
  await server.kill();
  expect(await listens(server.port)).toBe(false);
  await server.start();
  expect(await listens(server.port)).toBe(true);
  expect(server.pid).not.toBe(pid);
  server.freeze();
  return server.pid;
}

for (const [name, program, start, door] of [
  ['MariaDB', mariadbServer(), startMariadb, 'startMariadb'],
  ['PostgreSQL', postgresServer(), startPostgres, 'startPostgres'],
  ['Redis', redisServer(), startRedis, 'startRedis'],
] as const) {
  describe(`${name} for tests`, program.options, () => {
    test('is killed, started again on its port, and ended even when it stands still', async () => {
      const pid = await cycle(start);
      expect(isRunning(pid)).toBe(false);
    });

    test('ends when the process that started it is killed', async () => {
      const script = `import { ${door} } from '@palier/testkit/engines'; const { pid } = await ${door}(); console.log('pid ' + pid);`;
      // It cannot tidy up after itself; the server's own user must get in.
      await using folder = await temporaryFolder('killed');
      await chmod(folder.path, 0o755);
      await using starter = await startProcess({
        command: [process.execPath, '--conditions=palier-source', '--input-type=module', '-e', script],
        env: { TMPDIR: folder.path },
        ready: /^pid (\d+)$/,
        readyWithinMs: 60_000,
      });
      const pid = Number(starter.ready[1]);
      expect(isRunning(pid)).toBe(true);
      process.kill(starter.pid, 'SIGKILL');
      await until('the end of the server', () => !isRunning(pid));
    });
  });
}
