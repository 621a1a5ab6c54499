/** k6 with the exported script: each request from its CSV, in which the samples of a request stand one after the other. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { needs } from '@palier/testkit/program';
import { countsOf, histogramOf, type Sent, timesOf } from './played.ts';
import { exported, outputOf, type Player, run } from './player.ts';

export interface K6Sent extends Sent {
  readonly judged: boolean;
  /** It opened a connection. */
  readonly connected: boolean;
}

/** Looks on the PATH and where `go install` puts it. */
export function findK6(): Player {
  const command = needs('k6', { go: 'go.k6.io/k6@latest' }).path ?? null;
  return {
    name: 'k6',
    version: command === null ? null : (/k6 v?(\S+)/.exec(outputOf(command, 'version'))?.[1] ?? null),
    howToGet: 'go install go.k6.io/k6@latest',
    async play(scenario, arena, { core, folder }) {
      const script = exported('k6', scenario, arena, join(folder, 'normal.k6.js'));
      const [samples, summary] = [join(folder, 'samples.csv'), join(folder, 'summary.json')];
      const words = ['run', '--quiet', '--no-usage-report', '-e', `BASE_URL=${arena.url}`, '--out', `csv=${samples}`];
      const line = [command as string, ...words, '--summary-export', summary, script];
      const { status, cpuMs } = await run('k6', core, ['env', 'K6_CSV_TIME_FORMAT=unix_micro', ...line], scenario);
      const sent = k6Sent(readFileSync(samples, 'utf8'));
      const held = sent.filter(({ judged }) => judged);
      const { metrics } = JSON.parse(readFileSync(summary, 'utf8')) as {
        metrics: Record<string, Record<string, number>>;
      };
      return {
        tool: 'k6',
        startedAtMs: Math.min(...sent.map(({ atMs }) => atMs)),
        counts: countsOf(sent),
        times: timesOf(held),
        otherwise: { 'with connecting': histogramOf(held.map(({ ms, blockedMs }) => ms + blockedMs)) },
        said: {
          p95Ms: metrics['http_req_duration{judged:yes}']?.['p(95)'] ?? Number.NaN,
          iterations: metrics['iterations']?.['count'] ?? 0,
          refused: metrics['dropped_iterations']?.['count'] ?? 0,
          connected: sent.filter(({ connected }) => connected).length,
        },
        status,
        cpuMs,
      };
    },
  };
}

/** k6 writes the samples of a request one after the other, http_reqs first. */
export function k6Sent(csv: string): K6Sent[] {
  const [head = '', ...lines] = csv.split('\n');
  const columns = head.split(',');
  const [metric, time, value, route, tags] = ['metric_name', 'timestamp', 'metric_value', 'name', 'extra_tags'].map(
    (name) => columns.indexOf(name),
  ) as [number, number, number, number, number];
  const requests: { -readonly [key in keyof K6Sent]: K6Sent[key] }[] = [];
  for (const line of lines) {
    const cells = line.split(',');
    const amount = Number(cells[value]);
    const last = requests.at(-1);
    if (cells[metric] === 'http_reqs') {
      const judged = (cells[tags] ?? '').includes('judged=yes');
      const atMs = Number(cells[time]) / 1000;
      requests.push({ route: cells[route] ?? '', atMs, ms: 0, blockedMs: 0, failed: false, judged, connected: false });
    } else if (cells[metric] === 'errors' && amount > 0) {
      // The script's own rate: a check failed. Whichever of the route's requests it was, the count is right.
      const found = requests.findLast(({ route: name, failed }) => name === cells[route] && !failed);
      if (found !== undefined) found.failed = true;
    } else if (last === undefined) continue;
    else if (cells[metric] === 'http_req_duration') {
      last.ms = amount;
      // The time of a sample is the request's end.
      last.atMs -= amount;
    } else if (cells[metric] === 'http_req_blocked') last.blockedMs = amount;
    else if (cells[metric] === 'http_req_connecting') last.connected = amount > 0;
  }
  return requests;
}
