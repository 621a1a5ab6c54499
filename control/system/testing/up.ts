/**
 * A small `palier up` for tests: runs the system of its argument (JSON: `file`, and what the file exports), tells everything as JSON
 * lines, stops on SIGINT and when its parent dies, kills on a second SIGINT.
 */
import { systemClock } from '@palier/base/clock';
import { seededRandom } from '@palier/base/random';
import { systemTimers } from '@palier/base/timers';
import { checkSystem } from '@palier/protocol';
import { type RunningSystem, runSystem } from '../index.ts';

const order = JSON.parse(process.argv[2] as string) as { file: string; exported: unknown; cpus?: number[] };
const { system } = checkSystem(order.exported, order.file);
const env = Object.fromEntries(Object.entries(process.env).map(([name, value]) => [name, value ?? '']));
const say = (kind: string, facts: object): void => void process.stdout.write(`${JSON.stringify({ kind, ...facts })}\n`);
const [stop, kill] = [new AbortController(), new AbortController()];
const timers = systemTimers();

say('keeper', {});
process.on('SIGINT', () => (stop.signal.aborted ? kill : stop).abort());
const parent = process.ppid;
timers.every(100, () => {
  if (process.ppid !== parent) stop.abort();
});
let running: RunningSystem;
try {
  running = await runSystem(system, {
    clock: systemClock(),
    timers,
    random: seededRandom(process.pid),
    env,
    cpus: order.cpus ?? null,
    stop: stop.signal,
    kill: kill.signal,
    onEvent: (event) => say('event', { event }),
    onOutput: (replica, lines) => say('output', { replica, lines }),
  });
} catch (error) {
  const { code, message, hint } = error as Error & { readonly code: string; readonly hint: string };
  say('failed', { code, message, hint });
  process.exit(1);
}
running.watch({
  onSample: (sample) => say('sample', { sample }),
});
const { urls, conditions } = running;
say('started', { urls, conditions, replicas: running.replicas() });
const asked = new Promise<null>((resolve) => {
  if (stop.signal.aborted) resolve(null);
  stop.signal.addEventListener('abort', () => resolve(null));
});
const failure = await Promise.race([running.failed, asked]);
if (failure !== null) say('lost', { message: failure.message });
await running.stop();
say('ended', {});
process.exit(failure === null ? 0 : 1);
