/** The load generators of others: whether they are there, in which version, and how to get them. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Contestant } from '../bench.ts';

export type PeerProgram = Contestant & { readonly role: 'peer' };

export const autocannonFolder: string = fileURLToPath(new URL('../node_modules/autocannon/', import.meta.url));
/** Half a gigabyte of packages: not among the bench's own. */
export const artilleryProgram = 'artillery';

/** On the PATH, or where `go install` puts it. */
export function k6Program(): string {
  const own = join(homedir(), 'go', 'bin', 'k6');
  return spawnSync('k6', ['version']).status === 0 || !existsSync(own) ? 'k6' : own;
}

export const peerPrograms: Readonly<
  Record<'autocannon' | 'wrk' | 'ab' | 'hey' | 'locust' | 'k6' | 'artillery', PeerProgram>
> = {
  autocannon: npmPeer('autocannon'),
  wrk: {
    name: 'wrk',
    role: 'peer',
    howToGet: 'Debian: apt-get install wrk',
    version: () => /wrk (?:debian\/)?(\S+)/.exec(outputOf('wrk', '-v'))?.[1] ?? null,
  },
  ab: {
    name: 'ab',
    role: 'peer',
    howToGet: 'Debian: apt-get install apache2-utils',
    version: () => /ApacheBench, Version (\S+)/.exec(outputOf('ab', '-V'))?.[1] ?? null,
  },
  hey: {
    name: 'hey',
    role: 'peer',
    howToGet: 'Debian: apt-get install hey',
    // It does not tell its own.
    version: () => (outputOf('hey', '-h').includes('Usage: hey') ? (debianVersion('hey') ?? 'unknown') : null),
  },
  locust: {
    name: 'locust',
    role: 'peer',
    howToGet: 'Debian: apt-get install python3-locust',
    // Debian's does not tell its own.
    version() {
      const text = /^locust ?(\S*)/m.exec(outputOf('locust', '--version'));
      return text === null ? null : text[1] || (debianVersion('python3-locust') ?? 'unknown');
    },
  },
  k6: {
    name: 'k6',
    role: 'peer',
    howToGet: 'go install go.k6.io/k6@latest',
    version: () => /k6 v?(\S+)/.exec(outputOf(k6Program(), 'version'))?.[1] ?? null,
  },
  artillery: {
    name: 'artillery',
    role: 'peer',
    howToGet: 'npm install --global --ignore-scripts artillery, about 470 MB',
    version: () => /Artillery: (\S+)/.exec(outputOf(artilleryProgram, '--version'))?.[1] ?? null,
  },
};

/** One that is installed in bench/, by its package's name. */
export function npmPeer(name: string): PeerProgram {
  const file = fileURLToPath(new URL(`../node_modules/${name}/package.json`, import.meta.url));
  return {
    name,
    role: 'peer',
    howToGet: 'npm ci in bench/',
    version: () => (existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version : null),
  };
}

function outputOf(program: string, option: string): string {
  // Peers get no options that were meant for this process.
  const { NODE_OPTIONS: _, ...env } = process.env;
  const { stdout, stderr } = spawnSync(program, [option], { encoding: 'utf8', env });
  return `${stdout ?? ''}${stderr ?? ''}`;
}

function debianVersion(name: string): string | null {
  return spawnSync('dpkg-query', ['-W', '-f', '${Version}', name], { encoding: 'utf8' }).stdout?.trim() || null;
}
