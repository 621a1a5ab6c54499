/** A PostgreSQL server of a test's own, run as a site should run it: every commit on the disk before it is answered. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import type { Account } from './bound.ts';
import {
  type DatabaseKind,
  type DatabaseServer,
  type DatabaseServerOptions,
  startDatabase,
  tlsSettings,
} from './database.ts';
import { needs, type Program } from '../program.ts';

/** Whether it is there: for `describe('…', postgresServer().options, …)`. */
export function postgresServer(): Program {
  return needs('initdb', { debian: 'postgresql', folders: debianFolders() });
}

export async function startPostgres({
  settings = {},
  fast = false,
  tls,
}: DatabaseServerOptions = {}): Promise<DatabaseServer> {
  const initdb = postgresServer().path ?? 'initdb';
  const program = initdb.replace(/initdb$/, 'postgres');
  const speed = fast ? { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' } : {};
  const kind: DatabaseKind = {
    name: 'postgres',
    version: /\d+\.\d+/.exec(execFileSync(initdb, ['--version'], { encoding: 'utf8' }))?.[0] ?? 'unknown',
    user: process.getuid?.() === 0 ? unprivileged() : undefined,
    make: (data) => [
      ['sh', '-c', `echo secret > '${data}.password'`],
      [
        initdb,
        `--pgdata=${data}`,
        '--username=palier',
        `--pwfile=${data}.password`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--locale=C',
        '--no-sync',
      ],
      ['sh', '-c', `echo 'CREATE DATABASE palier' | '${program}' --single -D '${data}' postgres`],
    ],
    run: (data, folder, port) => [
      program,
      '-D',
      data,
      ...Object.entries({
        listen_addresses: '127.0.0.1',
        port: String(port),
        unix_socket_directories: folder,
        shared_buffers: '32MB',
        ...speed,
        ...(tls === undefined ? {} : { ssl: 'on' }),
        ...tlsSettings(tls, folder, { cert: 'ssl_cert_file', key: 'ssl_key_file' }),
        ...settings,
      }).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    ready: /ready to accept connections/,
    url: (port) => `postgres://palier:secret@127.0.0.1:${port}/palier`,
    // Immediate: SIGTERM would wait for its clients.
    stopSignal: 'SIGQUIT',
  };
  return startDatabase(kind, tls);
}

/** Debian keeps the server's programs out of the PATH, a folder for each version; the newest first. */
function debianFolders(): string[] {
  try {
    const versions = readdirSync('/usr/lib/postgresql').toSorted((a, b) => Number(b) - Number(a));
    return versions.map((version) => `/usr/lib/postgresql/${version}/bin`);
  } catch {
    return [];
  }
}

/** It refuses to be root. */
function unprivileged(): Account {
  const lines = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const [name, , uid, gid] = lines.find(([one]) => one === 'postgres') ?? lines.find(([one]) => one === 'nobody') ?? [];
  if (name === undefined) throw new Error('PostgreSQL does not run as root, and there is no user postgres or nobody.');
  return { name, uid: Number(uid), gid: Number(gid) };
}
