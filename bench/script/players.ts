/** One scenario played by each tool: ours, and the two that run its exported script. Each leaves what it measured, request by request or as histograms. */
import { accessSync, constants, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, delimiter, dirname, join, relative, resolve } from 'node:path';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { mergeHistograms } from '@palier/base/histogram';
import { systemTimers } from '@palier/base/timers';
import { startGenerators } from '@palier/load/generator';
import { planLoad } from '@palier/load/plan';
import { type ScriptTool, writeScript } from '@palier/load/script';
import type { GeneratorPlan, RouteResult, Scenario } from '@palier/protocol';
import { type Child, startChild } from '../process/child.ts';
import { processCpuMs } from '../process/cpu.ts';
import type { Arena } from './arena.ts';
import { countsOf, histogramOf, type Played, roundedMs, type Sent, timesOf } from './played.ts';

export interface Player {
  readonly name: string;
  /** Null: not there. */
  readonly version: string | null;
  readonly howToGet: string;
  play(scenario: Scenario, arena: Arena, setting: PlayerSetting): Promise<Played>;
}

export interface PlayerSetting {
  readonly core: number | null;
  /** Exists; for the script and what it writes. */
  readonly folder: string;
}

const pollMs = 100;
/** A tool that hangs is ended so long after the scenario's end. */
const patienceMs = 60_000;

const recorder = fileURLToPath(new URL('record.py', import.meta.url));
const k6Command = found('k6', [join(goFolder(), 'bin'), join(homedir(), 'go', 'bin')]);
const locustCommand = [['locust'], ['python3', '-m', 'locust'], ['/usr/bin/python3', '-m', 'locust']].find(
  ([program = '', ...words]) => spawnSync(program, [...words, '--version']).status === 0,
);

const palier: Player = {
  name: 'palier',
  version: 'of this commit',
  howToGet: 'it is this repository',
  async play(scenario, arena, { core }) {
    const plan = planOf(scenario, arena);
    const load = startGenerators(plan, {
      timers: systemTimers(),
      cpus: core === null ? null : [core],
      priority: false,
    });
    const cpu = watchCpu(load.pids[0] as number);
    const result = await load.result;
    const cpuMs = cpu();
    const held = result.windows.filter(({ window }) => window.judged);
    const counts: Record<string, { requests: number; failed: number }> = {};
    for (const [route, one] of result.windows.flatMap(({ routes }) => Object.entries(routes))) {
      const sum = (counts[route] ??= { requests: 0, failed: 0 });
      sum.requests += one.requests;
      sum.failed += Object.values(one.errors).reduce((total: number, count) => total + (count ?? 0), 0);
    }
    const byRoute = Map.groupBy(
      held.flatMap(({ routes }) => Object.entries(routes)),
      ([route]) => route,
    );
    const response = ([, { response: own }]: [string, RouteResult]) => own;
    return {
      tool: 'palier',
      startedAtMs: result.startedAtEpochMs,
      counts,
      times: Object.fromEntries([...byRoute].map(([route, list]) => [route, mergeHistograms(list.map(response))])),
      otherwise: { service: mergeHistograms(held.map(({ total }) => total.service)) },
      said: {
        lagP99Ms: mergeHistograms(held.map(({ generator }) => generator.lag)).quantile(0.99) / 1000,
        refused: result.windows.reduce((sum, { refusedArrivals }) => sum + refusedArrivals, 0),
      },
      status: null,
      cpuMs,
    };
  },
};

const k6: Player = {
  name: 'k6',
  version: k6Command === null ? null : (/k6 v?(\S+)/.exec(outputOf(k6Command, 'version'))?.[1] ?? null),
  howToGet: 'go install go.k6.io/k6@latest',
  async play(scenario, arena, { core, folder }) {
    const script = exported('k6', scenario, arena, join(folder, 'normal.k6.js'));
    const [samples, summary] = [join(folder, 'samples.csv'), join(folder, 'summary.json')];
    const words = ['run', '--quiet', '--no-usage-report', '-e', `BASE_URL=${arena.url}`, '--out', `csv=${samples}`];
    const command = [k6Command as string, ...words, '--summary-export', summary, script];
    const { status, cpuMs } = await run('k6', core, ['env', 'K6_CSV_TIME_FORMAT=unix_micro', ...command], scenario);
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

const locust: Player = {
  name: 'locust',
  version: locustCommand === undefined ? null : locustVersion(locustCommand),
  howToGet: 'Debian: apt-get install python3-locust',
  async play(scenario, arena, { core, folder }) {
    const script = exported('locust', scenario, arena, join(folder, 'normal_locust.py'));
    const record = join(folder, 'record.tsv');
    const words = ['--headless', '--only-summary', '-f', recorder, '--host', arena.url, '--csv', join(folder, 'said')];
    const command = ['env', `SCRIPT=${script}`, `RECORD=${record}`, ...(locustCommand as string[]), ...words];
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

export const players: readonly Player[] = [palier, k6, locust];

function planOf(scenario: Scenario, { system, dataFolder, url }: Arena): GeneratorPlan {
  return planLoad(scenario, { folder: system.folder, dataFolder, target: url });
}

/** As `palier export` writes it. */
function exported(tool: ScriptTool, scenario: Scenario, arena: Arena, file: string): string {
  mkdirSync(dirname(file), { recursive: true });
  const { text, beside } = writeScript(tool, {
    scenario,
    plan: planOf(scenario, arena),
    system: arena.system.name,
    configName: basename(arena.system.file),
    scriptName: basename(file),
    pathOf: (named) =>
      relative(dirname(file), resolve(arena.system.folder, named.replace('{{dataDir}}', arena.dataFolder))),
    baseUrl: arena.url,
  });
  writeFileSync(file, text);
  for (const one of beside) writeFileSync(join(dirname(file), one.name), one.text);
  return file;
}

async function run(
  name: string,
  core: number | null,
  command: readonly string[],
  { stages }: Scenario,
): Promise<{ readonly status: number | null; readonly cpuMs: number }> {
  const child: Child = await startChild(name, core, command);
  const cpu = watchCpu(child.pid);
  const lengthMs = stages.reduce((sum, { durationMs }) => sum + durationMs, 0);
  const limit = setTimeout(() => void child.stop(), lengthMs + patienceMs);
  const status = await child.finished;
  clearTimeout(limit);
  const cpuMs = cpu();
  // k6: 99 for a crossed threshold; Locust's script: 1 for a broken limit.
  if (status !== 0 && status !== 99 && status !== 1) throw new Error(`${name} ended with ${status}: ${child.output()}`);
  return { status, cpuMs };
}

/** Looks often, since nothing is left to look at afterwards. */
function watchCpu(pid: number): () => number {
  let lastMs = 0;
  const timer = setInterval(() => {
    lastMs = processCpuMs(pid) ?? lastMs;
  }, pollMs);
  return () => {
    clearInterval(timer);
    return lastMs;
  };
}

interface K6Sent extends Sent {
  readonly judged: boolean;
  readonly connected: boolean;
}

/** k6 writes the samples of a request one after the other, http_reqs first. */
function k6Sent(csv: string): K6Sent[] {
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
    } else if (last === undefined) continue;
    else if (cells[metric] === 'http_req_duration') {
      last.ms = amount;
      // The time of a sample is the request's end.
      last.atMs -= amount;
    } else if (cells[metric] === 'http_req_blocked') last.blockedMs = amount;
    else if (cells[metric] === 'http_req_connecting') last.connected = amount > 0;
    else if (cells[metric] === 'http_req_failed') last.failed = amount > 0;
  }
  return requests;
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

function found(name: string, more: readonly string[]): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...more];
  return folders.map((folder) => join(folder, name)).find(isExecutable) ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function goFolder(): string {
  return spawnSync('go', ['env', 'GOPATH'], { encoding: 'utf8' }).stdout?.trim() || join(homedir(), 'go');
}

function outputOf(...[program = '', ...words]: readonly string[]): string {
  return spawnSync(program, words, { encoding: 'utf8' }).stdout ?? '';
}
