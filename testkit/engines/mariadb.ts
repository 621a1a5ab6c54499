/** A MariaDB server of a test's own, run as a site should run it: every commit on the disk before it is answered. */
import { execFileSync } from 'node:child_process';
import {
  type DatabaseKind,
  type DatabaseServer,
  type DatabaseServerOptions,
  startDatabase,
  tlsSettings,
} from './database.ts';
import { needs, type Program } from '../program.ts';

const source = { debian: 'mariadb-server', folders: ['/usr/sbin', '/usr/local/sbin'] };

/** Whether it is there: for `describe('…', mariadbServer().options, …)`. */
export function mariadbServer(): Program {
  return needs('mariadbd', source);
}

export async function startMariadb({
  settings = {},
  fast = false,
  tls,
}: DatabaseServerOptions = {}): Promise<DatabaseServer> {
  const program = mariadbServer().path ?? 'mariadbd';
  // It refuses to be root by accident; here its files are the test's own.
  const user = process.getuid?.() === 0 ? ['--user=root'] : [];
  const small = ['--innodb-log-file-size=16M', '--innodb-buffer-pool-size=64M'];
  const kind: DatabaseKind = {
    name: 'mariadb',
    version: /\d+\.\d+\.\d+/.exec(execFileSync(program, ['--version'], { encoding: 'utf8' }))?.[0] ?? 'unknown',
    user: undefined,
    make: (data) => [
      [
        'mariadb-install-db',
        '--no-defaults',
        `--datadir=${data}`,
        '--auth-root-authentication-method=normal',
        '--skip-test-db',
        ...small,
        ...user,
      ],
      ['sh', '-c', `printf '%s\\n' "$0" > '${data}/first.sql'`, firstStatements],
    ],
    run: (data, folder, port) => [
      program,
      '--no-defaults',
      `--datadir=${data}`,
      `--port=${port}`,
      '--bind-address=127.0.0.1',
      `--socket=${folder}/socket`,
      `--pid-file=${folder}/pid`,
      `--init-file=${data}/first.sql`,
      '--skip-name-resolve',
      ...small,
      `--innodb-flush-log-at-trx-commit=${fast ? 0 : 1}`,
      ...Object.entries({ ...tlsSettings(tls, folder, { cert: 'ssl-cert', key: 'ssl-key' }), ...settings }).map(
        ([name, value]) => `--${name}=${value}`,
      ),
      ...user,
    ],
    ready: /ready for connections/,
    url: (port) => `mariadb://palier:secret@127.0.0.1:${port}/palier`,
    stopSignal: 'SIGTERM',
  };
  return startDatabase(kind, tls);
}

/** Run at each start. */
const firstStatements = `CREATE DATABASE IF NOT EXISTS palier;
CREATE USER IF NOT EXISTS palier@'%' IDENTIFIED BY 'secret';
GRANT ALL ON *.* TO palier@'%';`;
