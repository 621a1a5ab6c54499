/** The peers of the generator as commands: each keeps `connections` busy against a URL until it is ended, on one thread. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Contestant } from '../bench.ts';

/** Longer than any run; the bench ends it. */
const enoughSeconds = 3600;

export interface PeerClient extends Contestant {
  command(connections: number, url: string): string[];
}

/** ab sets 32 bytes aside for each request that it may make. */
const abRequests = 3_000_000;

const autocannonFolder = fileURLToPath(new URL('../node_modules/autocannon/', import.meta.url));

const wrk: PeerClient = {
  name: 'wrk',
  role: 'peer',
  howToGet: 'Debian: apt-get install wrk',
  version: () => /wrk (?:debian\/)?(\S+)/.exec(outputOf('wrk', '-v'))?.[1] ?? null,
  command: (connections, url) => ['wrk', '-t', '1', '-c', String(connections), '-d', `${enoughSeconds}s`, url],
};

const autocannon: PeerClient = {
  name: 'autocannon',
  role: 'peer',
  howToGet: 'npm install in bench/',
  version() {
    const file = `${autocannonFolder}package.json`;
    return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')).version as string) : null;
  },
  command: (connections, url) => [
    process.execPath,
    `${autocannonFolder}autocannon.js`,
    '--no-progress',
    '-c',
    String(connections),
    '-d',
    String(enoughSeconds),
    url,
  ],
};

const ab: PeerClient = {
  name: 'ab',
  role: 'peer',
  howToGet: 'Debian: apt-get install apache2-utils',
  version: () => /ApacheBench, Version (\S+)/.exec(outputOf('ab', '-V'))?.[1] ?? null,
  command: (connections, url) => [
    'ab',
    '-q',
    '-k',
    '-c',
    String(connections),
    '-t',
    String(enoughSeconds),
    '-n',
    String(abRequests),
    url,
  ],
};

export const peerClients: readonly PeerClient[] = [wrk, autocannon, ab];

function outputOf(program: string, option: string): string {
  const { stdout, stderr } = spawnSync(program, [option], { encoding: 'utf8' });
  return `${stdout ?? ''}${stderr ?? ''}`;
}
