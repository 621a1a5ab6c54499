/** The peers: how each is asked for the load, what it says it saw, and why that differs from the truth. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { artilleryProgram, autocannonFolder, k6Program, type PeerProgram, peerPrograms } from '../process/peers.ts';
import type { Figures } from './figures.ts';
import { type Asked, artilleryScript, k6Script, locustScript, mark, wrkScript } from './scripts.ts';

/** What a peer says of its own run. */
export interface Told extends Figures {
  readonly requests: number;
  readonly errors: number;
}

export interface Peer {
  readonly program: PeerProgram;
  /** What it cannot do of what was asked, and why its figures are others. */
  readonly why: string;
  /** The command that makes the load; it may put files into the folder. */
  command(asked: Asked, folder: string): readonly string[];
  /** Throws when its output holds no figures. */
  read(output: string, folder: string): Told;
}

const enoughSeconds = 20;

export const peers: readonly Peer[] = [
  {
    program: peerPrograms.autocannon,
    why: 'closed: whoever waits for an answer sends nothing; its rate is a quota for each second, sent in bursts. Its correction puts a value for each millisecond (⌈1/rate⌉, where the interval was meant) below every value. A request whose connection breaks is no error; its time runs on. No p95; whole milliseconds.',
    command: ({ url, perSecond, seconds, connections }) => [
      process.execPath,
      `${autocannonFolder}autocannon.js`,
      '--no-progress',
      '--json',
      '-c',
      String(connections),
      '-R',
      String(perSecond),
      '-d',
      String(seconds),
      '-t',
      String(enoughSeconds),
      url,
    ],
    read: readAutocannon,
  },
  {
    program: peerPrograms.wrk,
    why: 'closed and without a rate: as many requests as 20 connections can. Its correction puts values below each one that is longer than a connection’s mean interval (148 and 96 ms below 200): right for one long stall, wrong for a server with two modes.',
    command({ url, seconds, connections }, folder) {
      const script = fileOf(folder, 'wrk.lua', wrkScript);
      const times = ['-d', `${seconds}s`, '--timeout', `${enoughSeconds}s`];
      return ['wrk', '-t', '1', '-c', String(connections), ...times, '-s', script, url];
    },
    read: readMarked,
  },
  {
    program: peerPrograms.hey,
    why: 'closed: 20 workers with a rate each; ticks that fall into a wait are lost. A body that ends early is no error. Tenths of a millisecond.',
    command: ({ url, perSecond, seconds, connections }) => [
      'hey',
      '-z',
      `${seconds}s`,
      '-c',
      String(connections),
      '-q',
      String(perSecond / connections),
      '-t',
      String(enoughSeconds),
      url,
    ],
    read: readHey,
  },
  {
    program: peerPrograms.locust,
    why: 'closed: 20 users that keep to a rate as far as answers let them. Two digits are kept of a time: 104 ms is told as 100.',
    command(asked, folder) {
      const script = fileOf(folder, 'locustfile.py', locustScript(asked));
      const users = String(asked.connections);
      const what = ['--headless', '--only-summary', '-u', users, '-r', users, '-t', `${asked.seconds}s`];
      return ['locust', '-f', script, ...what, '--stop-timeout', String(enoughSeconds)];
    },
    read: readMarked,
  },
  {
    program: peerPrograms.k6,
    why: 'sends at an even rate (no Poisson arrivals), with 1200 users made beforehand; http_req_duration begins when a connection is there, and its quantiles lie between two values.',
    command: (asked, folder) => [k6Program(), 'run', '--quiet', fileOf(folder, 'script.js', k6Script(asked))],
    read: readMarked,
  },
  {
    program: peerPrograms.artillery,
    why: 'sends at an even rate (no Poisson arrivals); times the first byte of an answer, not the last.',
    command: (asked, folder) => [
      artilleryProgram,
      'run',
      '--quiet',
      '--output',
      join(folder, 'artillery.json'),
      fileOf(folder, 'artillery-script.json', artilleryScript(asked)),
    ],
    read: (_, folder) => readArtillery(join(folder, 'artillery.json')),
  },
];

function fileOf(folder: string, name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** The line that our scripts print. */
export function readMarked(output: string): Told {
  const line = output.split('\n').find((one) => one.includes(mark));
  if (line === undefined) throw new Error(`There are no figures in its output: ${output.slice(-500)}`);
  return JSON.parse(line.slice(line.indexOf(mark) + mark.length)) as Told;
}

export function readAutocannon(output: string): Told {
  const start = output.indexOf('{');
  if (start < 0) throw new Error(`There is no JSON in its output: ${output.slice(-500)}`);
  const { latency, requests, errors, non2xx } = JSON.parse(output.slice(start)) as {
    readonly latency: Readonly<Record<'p50' | 'p90' | 'p99' | 'max', number>>;
    readonly requests: { readonly total: number };
    readonly errors: number;
    readonly non2xx: number;
  };
  const { p50, p90, p99, max } = latency;
  return { requests: requests.total, errors: errors + non2xx, p50, p90, p95: null, p99, max };
}

export function readHey(output: string): Told {
  const secondsAt = (pattern: RegExp): number | null => {
    const found = pattern.exec(output)?.[1];
    return found === undefined ? null : 1000 * Number(found);
  };
  const at = (percent: number): number | null => secondsAt(new RegExp(`^\\s*${percent}% in ([\\d.]+) secs`, 'm'));
  const sum = (pattern: RegExp): number =>
    [...output.matchAll(pattern)].reduce((total, [, count]) => total + Number(count), 0);
  const requests = sum(/^\s*\[\d{3}\]\s+(\d+) responses/gm);
  if (requests === 0) throw new Error(`There are no responses in its output: ${output.slice(-500)}`);
  const errors = sum(/^\s*\[(\d+)\]\s+(?!\d+ responses)\S/gm);
  return {
    requests: requests + errors,
    errors,
    p50: at(50),
    p90: at(90),
    p95: at(95),
    p99: at(99),
    max: secondsAt(/^\s*Slowest:\s+([\d.]+) secs/m),
  };
}

function readArtillery(file: string): Told {
  if (!existsSync(file)) throw new Error('It wrote no report.');
  const { aggregate } = JSON.parse(readFileSync(file, 'utf8')) as {
    readonly aggregate: {
      readonly counters: Readonly<Record<string, number>>;
      readonly summaries: Readonly<Record<string, Readonly<Record<string, number>>>>;
    };
  };
  const { counters, summaries } = aggregate;
  const time = summaries['http.response_time'] ?? {};
  const at = (name: string): number | null => time[name] ?? null;
  const errors = Object.entries(counters).flatMap(([name, count]) => (name.startsWith('errors.') ? [count] : []));
  return {
    requests: counters['http.requests'] ?? 0,
    errors: errors.reduce((sum, count) => sum + count, 0),
    p50: at('p50'),
    p90: at('p90'),
    p95: at('p95'),
    p99: at('p99'),
    max: at('max'),
  };
}
