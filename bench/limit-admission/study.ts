/** Whether a limit holds over four processes and a million calls: exactly without leases, within their bound with them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { startBenchRedis } from '../limit-rate/redis.ts';
import type { Study } from '../study.ts';

const replicas = 4;
const entry = join(import.meta.dirname, '..', '..', 'kit', 'limit', 'testing', 'main.ts');
const forMs = 100;
const rate = 100_000;

interface Told {
  readonly outcomes: Readonly<Record<string, number>>;
  readonly stateCalls: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

export const study: Study = {
  name: 'limit-admission',
  sentence: 'How many four processes admit together in a million calls: exact, and with leases beside their bound.',
  async run({ quick }) {
    const calls = quick ? 100_000 : 1_000_000;
    const redis = await startBenchRedis(null);
    try {
      const burst = calls / 10;
      // In a year: one comes back in five minutes, so that what is admitted is the burst, to the last one.
      const exact = await play(redis.port, { permits: burst, windowMs: 31_622_400_000, burst }, calls);
      const lease = { permits: 200, forMs };
      const leased = await play(redis.port, { permits: rate, windowMs: 1000, burst: 10_000, lease }, calls);
      const bound = 10_000 + (rate * (leased.spanMs + 1 + forMs)) / 1000;
      const rows = [
        { what: 'exact', ...exact, bound: burst, held: exact.admitted === burst },
        { what: 'with leases', ...leased, bound: Math.floor(bound), held: leased.admitted <= bound },
      ];
      console.table(rows);
      const held = rows.every((row) => row.held && row.unavailable === 0);
      return { met: held ? 'yes' : 'no', result: { calls, rows } };
    } finally {
      await redis.stop();
    }
  },
};

async function play(port: number, api: object, calls: number) {
  const options = JSON.stringify({
    name: `${calls} ${JSON.stringify(api)}`,
    limits: { api },
    timeoutMs: 30_000,
    repeatRefusalMs: 0,
  });
  const words = [
    '--conditions=palier-source',
    entry,
    `redis://127.0.0.1:${port}`,
    options,
    String(calls / replicas),
    '64',
  ];
  const all = Array.from({ length: replicas }, () => {
    const child = spawn(process.execPath, words, { stdio: ['pipe', 'pipe', 'inherit'] });
    return { child, lines: createInterface(child.stdout)[Symbol.asyncIterator]() };
  });
  try {
    await Promise.all(all.map(({ lines }) => lines.next()));
    for (const { child } of all) child.stdin.write('go\n');
    const told = await Promise.all(
      all.map(async ({ lines }) => JSON.parse((await lines.next()).value as string) as Told),
    );
    const sum = (outcome: string): number => told.reduce((total, one) => total + (one.outcomes[outcome] ?? 0), 0);
    const spanMs = Math.max(...told.map((one) => one.lastMs)) - Math.min(...told.map((one) => one.firstMs));
    const stateCalls = told.reduce((total, one) => total + one.stateCalls, 0);
    return { admitted: sum('admitted'), limited: sum('limited'), unavailable: sum('unavailable'), stateCalls, spanMs };
  } finally {
    for (const { child } of all) {
      if (child.exitCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  }
}
