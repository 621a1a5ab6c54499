/**
 * What a process tells its operator: one line an event, with facts. Handed in; nothing of ours writes to the terminal by itself.
 */
import type { Clock } from './clock.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface Log {
  (level: LogLevel, message: string, facts?: Readonly<Record<string, unknown>>): void;
}

/** Forgets everything. */
export const silentLog: Log = () => {};

/** Writes one JSON object a line: `{"at":…,"level":…,"message":…,…facts}`. */
export function jsonLog(write: (line: string) => void, clock: Clock, least: LogLevel = 'info'): Log {
  const order: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3 };
  return (level, message, facts) => {
    if (order[level] < order[least]) return;
    write(`${JSON.stringify({ at: new Date(clock.epochMs()).toISOString(), level, message, ...facts })}\n`);
  };
}
