/** Whether a limit holds over four processes and a million calls: exactly without leases, within their bound with them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { startBenchRedis } from '../limit-rate/redis.ts';
import type { Met } from '../rows.ts';
import type { Study } from '../study.ts';

const replicas = 4;
const entry = join(import.meta.dirname, '..', '..', 'kit', 'limit', 'testing', 'main.ts');
const exact = 'exact';
const forMs = 100;
const rate = 100_000;
/** A case that is not over by then has failed: a million calls take about ten seconds on two cores. */
const patienceMs = 180_000;

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
      const one = await play(redis.port, { permits: burst, windowMs: 31_622_400_000, burst }, calls);
      const lease = { permits: 200, forMs };
      const leased = await play(redis.port, { permits: rate, windowMs: 1000, burst: 10_000, lease }, calls);
      const bound = 10_000 + (rate * (leased.spanMs + 1 + forMs)) / 1000;
      const rows = [
        { what: exact, ...one, bound: burst, held: one.admitted === burst },
        { what: 'with leases', ...leased, bound: Math.floor(bound), held: leased.admitted <= bound },
      ];
      console.table(rows);
      for (const row of rows) console.log(verdictOf(row));
      const met = metOf(rows);
      console.log(
        met === 'yes' ? 'Both held.' : met === 'no' ? 'Broken.' : 'Cannot be told: the state did not answer all.',
      );
      return { met, result: { calls, replicas, rows } };
    } finally {
      await redis.stop();
    }
  },
};

interface AdmissionRow {
  readonly what: string;
  readonly admitted: number;
  readonly limited: number;
  readonly unavailable: number;
  readonly stateCalls: number;
  readonly spanMs: number;
  readonly bound: number;
  readonly held: boolean;
}

/** What could not be decided says nothing about what was: a broken bound is one all the same. */
function metOf(rows: readonly AdmissionRow[]): Met {
  if (!rows.every(({ held }) => held)) return 'no';
  return rows.every(({ unavailable }) => unavailable === 0) ? 'yes' : 'unclear';
}

function verdictOf({ what, admitted, limited, unavailable, bound, held, spanMs }: AdmissionRow): string {
  const calls = admitted + limited + unavailable;
  const may = what === exact ? `${bound}, neither more nor fewer` : `at most ${bound}`;
  const told = unavailable === 0 ? '' : `; ${unavailable} could not be told`;
  return `${what}: of ${calls} calls in ${(spanMs / 1000).toFixed(1)} s ${admitted} were admitted; it may be ${may}: ${held ? 'held' : 'BROKEN'}${told}.`;
}

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
  // Without a line its replica is over, and what waits for it fails.
  const tooLong = setTimeout(() => {
    for (const { child } of all) child.kill('SIGKILL');
  }, patienceMs);
  try {
    await Promise.all(all.map(({ lines }) => lines.next()));
    for (const { child } of all) child.stdin.write('go\n');
    const told = await Promise.all(
      all.map(async ({ lines }) => {
        const { value, done } = await lines.next();
        if (done === true) throw new Error(`A replica ended before it told anything; it has ${patienceMs / 1000} s.`);
        return JSON.parse(value as string) as Told;
      }),
    );
    const sum = (outcome: string): number => told.reduce((total, one) => total + (one.outcomes[outcome] ?? 0), 0);
    const spanMs = Math.max(...told.map((one) => one.lastMs)) - Math.min(...told.map((one) => one.firstMs));
    const stateCalls = told.reduce((total, one) => total + one.stateCalls, 0);
    return { admitted: sum('admitted'), limited: sum('limited'), unavailable: sum('unavailable'), stateCalls, spanMs };
  } finally {
    clearTimeout(tooLong);
    for (const { child } of all) {
      if (child.exitCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  }
}
