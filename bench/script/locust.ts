/** Locust with the exported script: each request from a listener beside it (record.py), before Locust rounds it. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { countsOf, histogramOf, roundedMs, type Sent, timesOf } from './played.ts';
import { exported, outputOf, planOf, type Player, run } from './player.ts';

const recorder = fileURLToPath(new URL('record.py', import.meta.url));
const commands = [['locust'], ['python3', '-m', 'locust'], ['/usr/bin/python3', '-m', 'locust']] as const;

export function findLocust(): Player {
  const found = commands.find(([program, ...words]) => spawnSync(program, [...words, '--version']).status === 0);
  return {
    name: 'locust',
    version: found === undefined ? null : locustVersion(found),
    howToGet: 'Debian: apt-get install python3-locust',
    async play(scenario, arena, { core, folder }) {
      const script = exported('locust', scenario, arena, join(folder, 'normal_locust.py'));
      const record = join(folder, 'record.tsv');
      const words = [
        '--headless',
        '--only-summary',
        '-f',
        recorder,
        '--host',
        arena.url,
        '--csv',
        join(folder, 'said'),
      ];
      const command = ['env', `SCRIPT=${script}`, `RECORD=${record}`, ...(found as readonly string[]), ...words];
      const { status, cpuMs } = await run('locust', core, command, scenario);
      const sent = readFileSync(record, 'utf8').split('\n').slice(0, -1).map(locustSent);
      const startedAtMs = Math.min(...sent.map(({ atMs }) => atMs));
      const judged = planOf(scenario, arena).windows.filter((window) => window.judged);
      const held = sent.filter(({ atMs }) =>
        judged.some(({ startMs, endMs }) => atMs >= startedAtMs + startMs && atMs < startedAtMs + endMs),
      );
      return {
        tool: 'locust',
        startedAtMs,
        counts: countsOf(sent),
        times: timesOf(held),
        otherwise: {
          rounded: histogramOf(held.map(({ ms }) => roundedMs(ms))),
          'whole run': histogramOf(sent.map(({ ms }) => ms)),
        },
        said: { p95Ms: locustSaid(readFileSync(join(folder, 'said_stats.csv'), 'utf8')) },
        status,
        cpuMs,
      };
    },
  };
}

function locustSent(line: string): Sent {
  const [route = '', seconds, ms, failed] = line.split('\t');
  return { route, atMs: Number(seconds) * 1000, ms: Number(ms), blockedMs: 0, failed: failed === '1' };
}

/** p95 of all requests, as Locust's own table has it. */
function locustSaid(csv: string): number {
  const [head = '', ...lines] = csv.trim().split('\n');
  return Number(lines.at(-1)?.split(',')[head.split(',').indexOf('95%')]);
}

/** Debian's says no more than its name; then the package is asked. */
function locustVersion(command: readonly string[]): string {
  const told = /locust (\d\S*)/.exec(outputOf(...command, '--version'))?.[1];
  return (
    told ?? (outputOf('dpkg-query', '-W', '-f', '${Version}', 'python3-locust') || 'of a version that it does not tell')
  );
}
