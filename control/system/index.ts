/** A whole system, running: started in order, watched, stopped without a trace. */
export type { RunConditions } from './conditions.ts';
export { readRunFile, type RunFile } from './run-file.ts';
export type { RunningSystem, SystemListener, SystemSurroundings } from './running.ts';
export { runSystem } from './system.ts';
