/** A replica for tests: `main.ts URL OPTIONS CALLS WIDTH` takes so many times, `WIDTH` at once, and prints one line of what came of it. */
import { systemClock } from '@palier/base/clock';
import { silentLog } from '@palier/base/log';
import { seededRandom } from '@palier/base/random';
import { systemTimers } from '@palier/base/timers';
import { type Kv, openKv } from '../../state/index.ts';
import { type LimiterOptions, openLimiter } from '../index.ts';

/** Times are of the machine's clock, milliseconds. */
export interface ReplicaTold {
  readonly outcomes: Readonly<Record<string, number>>;
  readonly stateCalls: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

const [url = '', options = '{}', calls = '0', width = '1'] = process.argv.slice(2);
const around = { clock: systemClock(), timers: systemTimers(), random: seededRandom(1), log: silentLog };
const kv = await openKv(url, around);
let stateCalls = 0;
const counting: Kv = Object.assign(Object.create(kv) as Kv, {
  run: (...call: Parameters<Kv['run']>) => {
    stateCalls++;
    return kv.run(...call);
  },
});
const limiter = openLimiter(counting, around, JSON.parse(options) as LimiterOptions<'api'>);
// The connection stands before the first call counts.
await limiter.peek({ api: 'warm' });
console.log('ready');
await new Promise((resolve) => process.stdin.once('data', resolve));
const outcomes: Record<string, number> = {};
let left = Number(calls);
const firstMs = Date.now();
await Promise.all(
  Array.from({ length: Number(width) }, async () => {
    while (left-- > 0) {
      const { outcome } = await limiter.take({ api: 'hot' });
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    }
  }),
);
const told: ReplicaTold = { outcomes, stateCalls, firstMs, lastMs: Date.now() };
console.log(JSON.stringify(told));
await limiter.close();
await kv.close();
process.exit(0);
