/**
 * The keeper process: between palier and the replicas, so that they end when palier ends, however it ends. It lives in a session of its
 * own, so Ctrl-C reaches palier alone, and it outlasts every polite signal while palier is there.
 */
import { systemClock } from '@palier/base/clock';
import { systemTimers } from '@palier/base/timers';
import { openCgroups, withoutCgroups } from '../cgroup/index.ts';
import type { KeeperCommand } from './message.ts';
import { createWarden } from './warden.ts';

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGPIPE'] as const) process.on(signal, () => {});

const warden = createWarden({
  clock: systemClock(),
  timers: systemTimers(),
  cgroups: (trials) => (trials === null ? withoutCgroups('palier was told not to') : openCgroups(trials)),
  tell: (message, sent = () => {}) => {
    // A channel that closes while we write tells it by `disconnect`.
    if (process.connected) process.send?.(message, undefined, {}, sent);
    else sent();
  },
  leave: () => process.exit(0),
});
process.on('message', (command) => warden.hear(command as KeeperCommand));
process.on('disconnect', () => warden.orphaned());
