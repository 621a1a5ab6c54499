/** A database server of a test's own: what MariaDB and PostgreSQL have in common. */
import { execFile } from 'node:child_process';
import { chown, cp, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type TemporaryFolder, temporaryFolder } from '../folder.ts';
import { freePort } from '../ports.ts';
import { descendantsOf, snapshot, startProcess } from '../processes/index.ts';
import type { TestCertificate } from '../certificate.ts';
import { type Account, bound } from './bound.ts';
import { type EngineServer, startEngine } from './server.ts';

export interface DatabaseServerOptions {
  /** Further settings of the server, by their own names. */
  readonly settings?: Readonly<Record<string, string>>;
  /**
   * It does not wait for the disk: several times as fast, and a power cut would cost it everything. For tests that do not test durability;
   * a kill -9 of the server loses at most its last second. Default false, as a site should run it.
   */
  readonly fast?: boolean;
  /** It takes connections with TLS, too. */
  readonly tls?: TestCertificate;
}

/** Its url has user and password, and names the empty database `palier`; the user may make further ones. */
export type DatabaseServer = EngineServer;

/** How one kind of server is made and run. */
export interface DatabaseKind {
  readonly name: 'mariadb' | 'postgres';
  /** Names the template: another version or another way to make it is another one. */
  readonly version: string;
  /** Whom it runs as when we are root. */
  readonly user: Account | undefined;
  /** The data folder of a new server; `data` does not exist yet, its parent belongs to `user`. */
  make(data: string): readonly (readonly [string, ...string[]])[];
  run(data: string, folder: string, port: number): readonly [string, ...string[]];
  readonly ready: RegExp;
  readonly url: (port: number) => string;
  /** Ends it at once and in order; what still runs after a while is killed. */
  readonly stopSignal: NodeJS.Signals;
}

const execute = promisify(execFile);
const setUpWithinMs = 60_000;
const templates = join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'palier-engines');

/** In the folder of a server. */
const tlsFiles = { cert: 'server.crt', key: 'server.key' } as const;

/** Where a server finds its certificate and key, in the words of its own settings. */
export function tlsSettings(
  tls: TestCertificate | undefined,
  folder: string,
  names: { readonly cert: string; readonly key: string },
): Record<string, string> {
  if (tls === undefined) return {};
  return { [names.cert]: join(folder, tlsFiles.cert), [names.key]: join(folder, tlsFiles.key) };
}

export async function startDatabase(kind: DatabaseKind, tls?: TestCertificate): Promise<DatabaseServer> {
  const folder = await temporaryFolder(kind.name);
  const data = folder.file('data');
  const port = await freePort();
  try {
    if (kind.user !== undefined) await chown(folder.path, kind.user.uid, kind.user.gid);
    await copyTemplate(kind, data);
    if (tls !== undefined) await putCertificate(tls, folder, kind.user);
  } catch (error) {
    await folder[Symbol.asyncDispose]();
    throw error;
  }
  return startEngine({
    port,
    url: kind.url(port),
    folder,
    run: () =>
      startProcess({
        command: bound(kind.run(data, folder.path, port), kind.user),
        ready: kind.ready,
        env: { LC_ALL: 'C' },
        readyWithinMs: setUpWithinMs,
      }),
    processes: (pid) => [pid, ...descendantsOf(pid, snapshot().processes).map((one) => one.pid)],
    stopSignal: kind.stopSignal,
  });
}

/** A server takes a key only that is its own user's and nobody else's to read. */
async function putCertificate(tls: TestCertificate, folder: TemporaryFolder, user: Account | undefined): Promise<void> {
  for (const part of ['cert', 'key'] as const) {
    const file = folder.file(tlsFiles[part]);
    await writeFile(file, tls[part], { mode: 0o600 });
    if (user !== undefined) await chown(file, user.uid, user.gid);
  }
}

/** Making a data folder takes seconds: it is made once for this working copy and then copied. */
async function copyTemplate(kind: DatabaseKind, data: string): Promise<void> {
  const template = join(templates, `${kind.name}-${kind.version}-${kind.user?.name ?? 'own'}`);
  if (await copied(template, data)) return;
  for (const [program, ...args] of kind.make(data)) {
    const [command, ...rest] = bound([program, ...args], kind.user);
    await execute(command, rest, { timeout: setUpWithinMs, env: { ...process.env, LC_ALL: 'C' } });
  }
  await mkdir(templates, { recursive: true });
  // Two test files may do this at once: whoever renames second finds it there and lets his own go.
  const own = `${template}.${process.pid}`;
  await copied(data, own);
  await rename(own, template).catch(() => rm(own, { recursive: true, force: true }));
}

/** With owners and times. False when there is nothing to copy. */
async function copied(from: string, to: string): Promise<boolean> {
  try {
    if (process.platform === 'linux') await execute('cp', ['-a', '--reflink=auto', from, to]);
    else await cp(from, to, { recursive: true, preserveTimestamps: true, errorOnExist: true });
    return true;
  } catch (error) {
    if (/No such file|ENOENT/.test(String(error))) return false;
    throw error;
  }
}
