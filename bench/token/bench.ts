/** What a validation costs a service, beside jose and one read of Redis for each request. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { TokenAlgorithm } from '@palier/kit/token';
import type { Bench, Contestant, Field, RunValues, Setting } from '../bench.ts';
import { type Child, startChild } from '../process/child.ts';
import { machineCpu, processCpuMs } from '../process/cpu.ts';
import { temporaryFolder } from '../process/ending.ts';
import { palier } from '../process/ours.ts';
import { freePorts, untilListening } from '../process/port.ts';
import type { Figures } from './validator.ts';
import { drawStream } from './stream.ts';

const peer: Contestant = {
  name: 'jose + redis',
  role: 'peer',
  howToGet: 'npm run bench installs it; redis-server: apt-get install redis-server',
  version: () => (spawnSync('redis-server', ['--version']).status === 0 ? 'jose 6.2, node-redis 6.3' : null),
};

interface Case {
  readonly algorithm: TokenAlgorithm;
  readonly requestsPerToken: number;
  readonly tokens: number;
  /** 0: as fast as it can. */
  readonly perSecond: number;
}

const paced = '5000/s, each token new';
const cases: Readonly<Record<string, Case>> = {
  ...Object.fromEntries(
    [1, 5, 20, 100].map((n) => [
      `${n} requests a token`,
      { algorithm: 'ES256' as const, requestsPerToken: n, tokens: 20_000, perSecond: 0 },
    ]),
  ),
  ...Object.fromEntries(
    (['EdDSA', 'RS256', 'HS256'] as const).map((algorithm) => [
      `each token new, ${algorithm}`,
      { algorithm, requestsPerToken: 1, tokens: 4000, perSecond: 0 },
    ]),
  ),
  [paced]: { algorithm: 'ES256', requestsPerToken: 1, tokens: 20_000, perSecond: 5000 },
};
const saturated = Object.keys(cases).filter((name) => name !== paced);
/** To start and to end, beyond the times of a run. */
const patienceMs = 15_000;

export const bench: Bench = {
  name: 'token',
  sentence:
    'Validations of access tokens on one core (ES256 unless said), beside jose and one Redis read a request; users drawn by Zipf.',
  cases: Object.keys(cases),
  contestants: [palier, peer],
  measures: [
    { key: 'perCore', title: 'validations per second of a core', better: 'more', compare: 'ratio', cases: saturated },
    { key: 'cpuMicros', title: 'CPU µs/validation', better: 'less', compare: 'ratio' },
    { key: 'p50Ms', title: 'p50 ms', better: 'less', compare: 'difference', cases: [paced] },
    { key: 'p99Ms', title: 'p99 ms', better: 'less', compare: 'difference', cases: [paced] },
  ],
  goals: [
    { measure: 'perCore', case: '20 requests a token', peer: peer.name, limit: 10 },
    { measure: 'p99Ms', case: paced, limit: 5 },
  ],
  open,
};

async function open(setting: Setting): Promise<Field> {
  if (peer.version() === null) throw new Error('There is no redis-server; apt-get install redis-server.');
  const [port = 0] = await freePorts(1);
  const folder = temporaryFolder();
  const command = ['redis-server', '--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder.path];
  const redis = await startChild('redis', setting.cores.client, command);
  await untilListening(port, () => (redis.ended() ? `Redis did not start: ${redis.output()}` : null));
  const files = new Map<string, string>();
  const fileOf = async (name: string, one: Case): Promise<string> => {
    const file = files.get(name) ?? join(folder.path, `${files.size}.json`);
    if (!files.has(name))
      writeFileSync(file, JSON.stringify(await drawStream(one.algorithm, one.requestsPerToken, one.tokens)));
    files.set(name, file);
    return file;
  };
  return {
    notes: [
      'A replica has one core with all its threads (at 5000/s both), Redis the other; 64 requests in hand. No HTTP: the validation alone.',
      'The peer keeps its key, verifies each token and reads one key of Redis; its client is node-redis without its slow deadline.',
    ],
    async run(contestant, caseName) {
      const one = cases[caseName] as Case;
      const file = await fileOf(caseName, one);
      const main = fileURLToPath(new URL('./replica-main.ts', import.meta.url));
      const url = `redis://127.0.0.1:${port}`;
      const times = [setting.warmUpMs, setting.measureMs, one.perSecond].map(String);
      const node = [process.execPath, '--conditions=palier-source', main, contestant, file, url, ...times];
      // Paced, it may use the threads that it has.
      const core = one.perSecond === 0 ? setting.cores.server : null;
      const child = await startChild(contestant, core, node);
      try {
        return await valuesOf(child, redis, setting, one.perSecond);
      } finally {
        await child.stop();
      }
    },
    async close() {
      await redis.stop();
      folder.remove();
    },
  };
}

async function valuesOf(child: Child, redis: Child, setting: Setting, perSecond: number): Promise<RunValues> {
  await told(child, /^begin$/m, setting.warmUpMs + patienceMs);
  const before = { atMs: performance.now(), redisMs: processCpuMs(redis.pid), machine: machineCpu() };
  const [, json = ''] = await told(child, /^end (.*)$/m, setting.measureMs + patienceMs);
  const elapsedMs = performance.now() - before.atMs;
  const [redisMs, machine] = [processCpuMs(redis.pid), machineCpu()];
  const { validations, seconds, cpuMs, p50Ms, p99Ms } = JSON.parse(json) as Figures;
  const cores: Record<string, number> = { replica: cpuMs / (seconds * 1000) };
  if (redisMs !== null && before.redisMs !== null) cores['redis'] = (redisMs - before.redisMs) / elapsedMs;
  if (machine !== null && before.machine !== null) {
    const known = (cores['replica'] ?? 0) + (cores['redis'] ?? 0);
    cores['elsewhere'] = Math.max(0, (machine.busyMs - before.machine.busyMs) / elapsedMs - known);
    cores['stolen'] = (machine.stealMs - before.machine.stealMs) / elapsedMs;
  }
  const values = { perCore: (1000 * validations) / cpuMs, cpuMicros: (1000 * cpuMs) / validations };
  return { values: perSecond === 0 ? values : { ...values, p50Ms, p99Ms }, cores };
}

async function told(child: Child, line: RegExp, withinMs: number): Promise<RegExpExecArray> {
  const deadlineMs = performance.now() + withinMs;
  while (performance.now() < deadlineMs) {
    const found = line.exec(child.output());
    if (found !== null) return found;
    if (child.ended()) throw new Error(`The replica ended by itself: ${child.output()}`);
    await sleep(10);
  }
  throw new Error(`The replica did not say ${line.source} within ${withinMs} ms.`);
}
