/**
 * The balancer as a process: started with an IPC channel (`fork`), commanded over it, gone when it closes.
 *
 * SIGINT and SIGTERM are passed over while the channel lives: Ctrl-C reaches the whole terminal group, and the supervisor says when to
 * stop, after the replicas' requests are answered.
 */
import { systemClock } from '@palier/base/clock';
import { seededRandom } from '@palier/base/random';
import { systemTimers } from '@palier/base/timers';
import type { BalancerCommand } from '@palier/protocol';
import { Balancer } from './balancer.ts';

if (process.send === undefined) {
  process.stderr.write('The balancer has no channel to a supervisor; start it with fork() and send it commands.\n');
  process.exit(2);
}

const clock = systemClock();
const balancer = new Balancer({
  clock,
  timers: systemTimers(),
  // Trace ids must differ between runs.
  random: seededRandom(`${process.pid} ${clock.epochMs()} ${clock.monotonicMs()}`),
  cpuSeconds: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  },
  tell: (message) => {
    if (process.connected) process.send?.(message);
  },
  // What was told must have left before the process does.
  finished: () => (process.connected ? process.disconnect() : process.exit(0)),
});

process.on('message', (command) => balancer.obey(command as BalancerCommand));
process.on('disconnect', () => process.exit(0));
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
