/**
 * Starts the replicas of a system, keeps them running, stops them; and leaves nothing behind, however palier ends.
 */
export { createDriver, type Driver, type DriverSurroundings } from './driver.ts';
export { type Keeper, type KeeperSurroundings, type KeptProcess, startKeeper } from './keeper/keeper.ts';
export type { CgroupPlace, CgroupReport, GroupLimits } from './cgroup/index.ts';
export { runVariable } from './keeper/message.ts';
export { isRunning, processEntry } from './keeper/process-table.ts';
export { endRemains, remainsOf, type Trace } from './keeper/remains.ts';
export { type DriverOptions, driverDefaults, keeperDefaults } from './options.ts';
export { isOnPath } from './process/command.ts';
export { isFree } from './process/ports.ts';
export type { DriverReplica } from './slot.ts';
export { type Listener, listenerOf } from './process/sockets.ts';
