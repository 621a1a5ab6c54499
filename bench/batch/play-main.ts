/** A client of its own process: `play-main.ts URL` plays the slices that come on its standard input, one JSON line each, and answers each with one. */
import { createInterface } from 'node:readline';
import { setImmediate as turn } from 'node:timers/promises';
import { openBulk } from './bulk.ts';
import type { Bulk } from './bulk-pg.ts';
import { type Row, rowSource } from './rows.ts';
import { openWay, type Way } from './ways.ts';

/**
 * `closed`: `producers` who each wait for their row (or keep `ahead` under way); `offered`: so many rows a second, whatever becomes of them. The first
 * two play for `warmMs` before they are measured: connections, prepared statements, compiled code.
 */
export type Asked =
  | {
      readonly kind: 'closed';
      readonly way: string;
      readonly producers: number;
      readonly ahead: number;
      readonly warmMs: number;
      readonly forMs: number;
    }
  | {
      readonly kind: 'bulk';
      readonly rows: number;
      readonly connections: number;
      readonly warmMs: number;
      readonly forMs: number;
    }
  | { readonly kind: 'offered'; readonly way: string; readonly rowsPerSecond: number; readonly forMs: number };

export interface Told {
  readonly rows: number;
  /** Statements that they took. */
  readonly writes: number;
  readonly elapsedMs: number;
  readonly cpuMs: number;
  /** Of `offered`: from when the row was due to its commit; and those that were not taken, because too many were under way. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly dropped: number;
}

/** Rows under way at most, when more are offered than go. */
const mostUnderWay = 5000;
const [url = ''] = process.argv.slice(2);
const next = rowSource();

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await play(JSON.parse(line) as Asked))}\n`);
}

async function play(asked: Asked): Promise<Told> {
  if (asked.kind === 'bulk') return bulk(asked);
  const way = await openWay(asked.way, url);
  try {
    if (asked.kind === 'closed') {
      await closed(way, { ...asked, forMs: asked.warmMs });
      return await closed(way, asked);
    }
    await Promise.all(Array.from({ length: 64 }, () => way.write(next())));
    return await offered(way, asked);
  } finally {
    await way.close();
  }
}

async function closed(way: Way, { producers, ahead, forMs }: Asked & { kind: 'closed' }): Promise<Told> {
  const before = way.writes();
  const told = await measured(async (endMs) => {
    let rows = 0;
    const produce = async (): Promise<void> => {
      while (performance.now() < endMs) {
        await way.write(next());
        rows++;
      }
    };
    await Promise.all(Array.from({ length: producers * ahead }, produce));
    return rows;
  }, forMs);
  return { ...told, writes: way.writes() - before };
}

async function bulk({ rows, connections, warmMs, forMs }: Asked & { kind: 'bulk' }): Promise<Told> {
  const all = await Promise.all(Array.from({ length: connections }, () => openBulk(url)));
  const lot = (): Row[] => Array.from({ length: rows }, next);
  try {
    const writeAll = async (endMs: number): Promise<number> => {
      let count = 0;
      const writeOn = async (one: Bulk): Promise<void> => {
        while (performance.now() < endMs) {
          await one.write(lot());
          count += rows;
        }
      };
      await Promise.all(all.map(writeOn));
      return count;
    };
    await writeAll(performance.now() + warmMs);
    const told = await measured(writeAll, forMs);
    return { ...told, writes: told.rows / rows };
  } finally {
    for (const one of all) await one.close();
  }
}

async function offered(way: Way, { rowsPerSecond, forMs }: Asked & { kind: 'offered' }): Promise<Told> {
  const latencies: number[] = [];
  const before = way.writes();
  let dropped = 0;
  const told = await measured(async (endMs) => {
    const startMs = endMs - forMs;
    const underWay = new Set<Promise<unknown>>();
    for (let made = 0; performance.now() < endMs; await turn()) {
      const due = Math.floor(((performance.now() - startMs) * rowsPerSecond) / 1000);
      for (; made < due; made++) {
        if (underWay.size >= mostUnderWay) {
          dropped++;
          continue;
        }
        const dueMs = startMs + ((made + 1) * 1000) / rowsPerSecond;
        const write = way.write(next()).then(() => {
          latencies.push(performance.now() - dueMs);
          underWay.delete(write);
        });
        underWay.add(write);
      }
    }
    await Promise.all(underWay);
    return latencies.length;
  }, forMs);
  const sorted = Float64Array.from(latencies).toSorted();
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return { ...told, writes: way.writes() - before, p50Ms: at(0.5), p99Ms: at(0.99), dropped };
}

async function measured(run: (endMs: number) => Promise<number>, forMs: number): Promise<Told> {
  const before = process.cpuUsage();
  const startMs = performance.now();
  const rows = await run(startMs + forMs);
  const elapsedMs = performance.now() - startMs;
  const { user, system } = process.cpuUsage(before);
  const cpuMs = (user + system) / 1000;
  return { rows, writes: 0, elapsedMs, cpuMs, p50Ms: Number.NaN, p99Ms: Number.NaN, dropped: 0 };
}
