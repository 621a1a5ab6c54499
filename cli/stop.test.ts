import { EventEmitter } from 'node:events';
import { systemTimers } from '@palier/base/timers';
import { describe, expect, it } from 'vitest';
import { watchStop } from './stop.ts';

function watched(): {
  process: EventEmitter & { ppid: number; grandparent: number };
  check: () => void;
  stop: ReturnType<typeof watchStop>;
} {
  const process = Object.assign(new EventEmitter(), {
    ppid: 7,
    grandparent: 5,
    grandparentPid: () => process.grandparent,
  });
  let check = (): void => {};
  const timers = { ...systemTimers(), every: (_: number, run: () => void) => ((check = run), () => {}) };
  const stop = watchStop({ process, timers });
  return { process, check: () => check(), stop };
}

describe('watchStop', () => {
  it('asks for an orderly end at the first Ctrl-C and for an immediate one at the second', () => {
    const { process, stop } = watched();
    process.emit('SIGINT');
    expect([stop.asked.aborted, stop.insisted.aborted]).toEqual([true, false]);
    process.emit('SIGINT');
    expect(stop.insisted.aborted).toBe(true);
  });

  it('takes a Ctrl-C that the wrapper passes on, too, for the same one', () => {
    const { process, stop } = watched();
    process.emit('SIGINT');
    process.emit('SIGUSR2');
    expect([stop.asked.aborted, stop.insisted.aborted]).toEqual([true, false]);
    process.emit('SIGUSR2');
    expect(stop.insisted.aborted).toBe(true);
  });

  it('asks for an orderly end at the first error that nothing caught, and keeps that one', () => {
    const { process, stop } = watched();
    expect(stop.stray()).toBeNull();
    for (const error of ['first', 'second']) process.emit('uncaughtException', error);
    expect(stop.stray()).toEqual({ error: 'first' });
    expect([stop.asked.aborted, stop.insisted.aborted]).toEqual([true, false]);
  });

  it('asks for an end when the parent process has died', () => {
    const { process, check, stop } = watched();
    check();
    expect(stop.asked.aborted).toBe(false);
    process.ppid = 1;
    check();
    expect(stop.asked.aborted).toBe(true);
  });

  it('asks for an end when the parent’s parent has died', () => {
    const { process, check, stop } = watched();
    process.grandparent = 1;
    check();
    expect(stop.asked.aborted).toBe(true);
  });

  it('leaves no listener behind', () => {
    const { process, stop } = watched();
    stop.end();
    expect(process.eventNames()).toEqual([]);
  });
});
