/** What a decision of kit/limit costs a service, beside rate-limiter-flexible on the same Redis. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench, Contestant, Field, RunValues, Setting } from '../bench.ts';
import { startChild } from '../process/child.ts';
import { palier } from '../process/ours.ts';
import { startBenchRedis } from './redis.ts';
import { hotCase, leasesCase, manyCase } from './cases.ts';

const peer: Contestant = {
  name: 'rate-limiter-flexible',
  role: 'peer',
  howToGet: 'npm install --prefix bench',
  version() {
    try {
      const file = join(import.meta.dirname, '..', 'node_modules', 'rate-limiter-flexible', 'package.json');
      return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
    } catch {
      return null;
    }
  },
};

export const bench: Bench = {
  name: 'limit-rate',
  sentence:
    'Decisions of a rate limit per second of a core, exact and with leases, beside rate-limiter-flexible on the same Redis.',
  cases: [hotCase, manyCase, leasesCase],
  contestants: [palier, peer],
  measures: [
    { key: 'perCore', title: 'decisions per second of a core', better: 'more', compare: 'ratio' },
    { key: 'perSecond', title: 'decisions/s', better: 'more', compare: 'ratio' },
  ],
  goals: [
    { measure: 'perCore', case: hotCase, limit: 1.5, peer: peer.name },
    { measure: 'perCore', case: manyCase, limit: 1.5, peer: peer.name },
    { measure: 'perCore', case: leasesCase, limit: 5, peer: peer.name },
  ],
  open,
};

async function open(setting: Setting): Promise<Field> {
  const redis = await startBenchRedis(setting.cores.server);
  return {
    notes: [
      'Redis has a core to itself, the service that asks the other; 64 calls at once, on one connection, none refused.',
      'Per second of a core: of the service, its system time included. rate-limiter-flexible on node-redis with the timeout off.',
    ],
    run: (contestant, caseName) => play(setting, redis.port, contestant, caseName),
    close: () => redis.stop(),
  };
}

async function play(setting: Setting, port: number, who: string, caseName: string): Promise<RunValues> {
  const player = join(import.meta.dirname, 'player-main.ts');
  const times = [setting.warmUpMs, setting.measureMs].map(String);
  const words = ['--conditions=palier-source', player, who, String(port), caseName, ...times];
  const child = await startChild(who, setting.cores.client, [process.execPath, ...words]);
  await child.finished;
  const line = child.output().trim().split('\n').at(-1) ?? '';
  if (!line.startsWith('{')) throw new Error(`${who} said: ${child.output()}`);
  const { decisions, cpuSeconds, seconds } = JSON.parse(line) as Record<string, number> & {
    decisions: number;
    cpuSeconds: number;
    seconds: number;
  };
  return {
    values: { perCore: decisions / cpuSeconds, perSecond: decisions / seconds },
    cores: { [who]: cpuSeconds / seconds },
  };
}
