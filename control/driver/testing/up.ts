/**
 * A small palier for tests: runs the services that its second argument holds (JSON, parts of `Service`), tells everything as JSON lines,
 * stops in order on SIGINT, kills on a second one, scales `api` to three and back to one on SIGUSR2.
 */
import { systemClock } from '@palier/base/clock';
import { seededRandom } from '@palier/base/random';
import { systemTimers } from '@palier/base/timers';
import type { Service } from '@palier/protocol';
import { createDriver, type DriverOptions, runVariable, startKeeper } from '../index.ts';

interface Order {
  readonly run: string;
  readonly services: readonly (Partial<Service> & Pick<Service, 'name' | 'command'>)[];
  readonly options?: Partial<DriverOptions>;
  readonly cgroups?: boolean;
}

const order = JSON.parse(process.argv[2] as string) as Order;
const around = { clock: systemClock(), timers: systemTimers(), random: seededRandom(process.pid) };
const env = Object.fromEntries(Object.entries(process.env).map(([name, value]) => [name, value ?? '']));
const say = (kind: string, facts: object): void => void process.stdout.write(`${JSON.stringify({ kind, ...facts })}\n`);

const keeper = await startKeeper({
  ...around,
  env,
  run: order.run,
  removeFile: null,
  allotments: order.cgroups === false ? null : order.services.map((one) => filled(one).allotment),
  graceMs: 1000,
});
say('keeper', { pid: keeper.pid, cgroup: keeper.cgroup, variable: runVariable });
const driver = createDriver(order.services.map(filled), {
  ...around,
  keeper,
  env,
  dataDir: '/tmp',
  urls: { api: 'http://127.0.0.1:1' },
  cpus: null,
  ...(order.options === undefined ? {} : { options: order.options }),
  event: (event) => say('event', { event }),
  output: (replica, lines, dropped) => say('output', { replica, lines, dropped }),
  changed() {
    const replicas = driver.replicas();
    say('replicas', { replicas });
    // There is no balancer here, so nothing is ever in flight.
    for (const { id, state } of replicas) if (state === 'draining') queueMicrotask(() => driver.drained(id));
  },
});
let interrupts = 0;
process.on('SIGINT', () => {
  interrupts++;
  if (interrupts > 1) driver.kill();
  else void driver.stop().then(() => end(0, 2000));
});
process.on('SIGUSR2', () => {
  const count = driver.replicas().length > 1 ? 1 : 3;
  void driver.scale('api', count).then(() => say('scaled', { count, replicas: driver.replicas() }));
});
void keeper.lost.then((error) => {
  say('lost', { message: error.message });
  process.exit(1);
});
try {
  await driver.start();
  say('started', { replicas: driver.replicas() });
} catch (error) {
  const { code, message, hint } = error as Error & { readonly code: string; readonly hint: string };
  say('failed', { code, message, hint });
  if (interrupts === 0) await end(1, 0);
}

async function end(status: number, graceMs: number): Promise<void> {
  await keeper.end(graceMs);
  say('ended', {});
  process.exit(status);
}

function filled(part: Order['services'][number]): Service {
  const health = {
    path: '/health',
    intervalMs: 1000,
    timeoutMs: 1000,
    unhealthyAfter: 3,
    healthyAfter: 1,
    acceptBelow500: false,
  };
  return {
    prepare: [],
    cwd: process.cwd(),
    env: {},
    replicas: { min: 1, max: 10 },
    allotment: { cpuCores: null, memoryBytes: null },
    tunables: [],
    http: { listenPort: 0, health, routes: [], metricsPath: null },
    startTimeoutMs: 20_000,
    stopTimeoutMs: 5000,
    ...part,
  };
}
