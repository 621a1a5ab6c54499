/**
 * `npm run on-servers -- COMMAND…`: runs the command with a MariaDB and a Redis of its own, on loopback, as DATABASE_URL and REDIS_URL; both are
 * gone when it ends, and its exit status is ours.
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { mariadbServer, redisServer, startMariadb, startRedis } from '@palier/testkit/engines';

const [command, ...words] = process.argv.slice(2);
const missing = [
  ...(mariadbServer().path === undefined ? ['mariadbd'] : []),
  ...(redisServer().path === undefined ? ['redis-server'] : []),
];
if (command === undefined) {
  console.error('npm run on-servers -- COMMAND…: a command with a MariaDB and a Redis of its own.');
  process.exitCode = 2;
} else if (missing.length > 0) {
  console.error(`There is no ${missing.join(', no ')}; apt-get install mariadb-server redis-server brings them.`);
  process.exitCode = 2;
} else process.exitCode = await runOnServers(command, words);

async function runOnServers(program: string, args: readonly string[]): Promise<number> {
  // Every commit is on the disk before it is answered, as a site runs them.
  await using mariadb = await startMariadb();
  await using redis = await startRedis();
  const { STATE_URL: _elsewhere, ...env } = process.env;
  const child = spawn(program, args, {
    stdio: 'inherit',
    env: { ...env, DATABASE_URL: mariadb.url, REDIS_URL: redis.url },
  });
  // Ctrl-C reaches it by itself: the servers stay until it has ended.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  // Awaited here: the servers would be gone with a promise that is handed on.
  return await new Promise<number>((resolve, reject) => {
    child.once('error', (error) => reject(new Error(`${program} could not be started: ${error.message}`)));
    child.once('exit', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
}
