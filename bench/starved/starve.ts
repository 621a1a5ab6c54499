/** The means by which a process is starved for real. All are undone when the returned function is called, or the bench ends. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { startChild } from '../process/child.ts';
import { atEnd } from '../process/ending.ts';

export type Undo = () => Promise<void> | void;

/** So much of one core, by a cgroup of either version. */
export function limitCpu(pid: number, percent: number): Undo {
  const one = existsSync('/sys/fs/cgroup/cpu/cpu.cfs_quota_us');
  const folder = `/sys/fs/cgroup/${one ? 'cpu/' : ''}palier-starved-${pid}`;
  mkdirSync(folder);
  const remove = (): void => {
    try {
      rmdirSync(folder);
    } catch {
      // Still in use, or gone: the kernel keeps an empty group, which does nothing.
    }
  };
  const callOff = atEnd(remove);
  if (one) writeFileSync(`${folder}/cpu.cfs_quota_us`, String(percent * 1000));
  else writeFileSync(`${folder}/cpu.max`, `${percent * 1000} 100000`);
  writeFileSync(`${folder}/cgroup.procs`, String(pid));
  return () => {
    callOff();
    remove();
  };
}

/** Other work on the generator's core that the kernel prefers to it: `onMs` of every `onMs + offMs`. */
export async function burn(core: number, onMs: number, offMs: number): Promise<Undo> {
  const main = fileURLToPath(new URL('./burner-main.ts', import.meta.url));
  const words = ['chrt', '-f', '50', process.execPath, main, String(onMs), String(offMs)];
  const burner = await startChild('burner', core, words);
  return () => burner.stop();
}

export function stayOn(core: number, pid: number): void {
  must('taskset', '-a', '-c', '-p', String(core), String(pid));
}

/** The process and all its threads on this core, before everything of the usual kind. */
export function preferOn(core: number, pid: number): Undo {
  stayOn(core, pid);
  must('chrt', '-a', '-f', '-p', '40', String(pid));
  return () => {};
}

export function limitDescriptors(pid: number, count: number): Undo {
  must('prlimit', '--pid', String(pid), `--nofile=${count}:${count}`);
  return () => {};
}

/** Stands still for so long, and goes on. */
export function pause(pid: number, afterMs: number, forMs: number): void {
  const signal = (name: 'SIGSTOP' | 'SIGCONT'): void => {
    try {
      process.kill(pid, name);
    } catch {
      // It has ended.
    }
  };
  const goOn = atEnd(() => signal('SIGCONT'));
  setTimeout(() => {
    signal('SIGSTOP');
    setTimeout(() => {
      signal('SIGCONT');
      goOn();
    }, forMs);
  }, afterMs);
}

/** For the environment of a generator: garbage of so many megabytes a second, and a heap that is cleaned often. */
export function garbage(megabytesPerSecond: number): Record<string, string> {
  const main = new URL('./garbage-main.ts', import.meta.url).href;
  const options = `${process.env['NODE_OPTIONS'] ?? ''} --max-semi-space-size=1 --import=${main}`.trim();
  return { NODE_OPTIONS: options, PALIER_BENCH_GARBAGE: String(megabytesPerSecond) };
}

/** Null when all of it can be done here, or why not. */
export function missing(): string | null {
  if (process.platform !== 'linux') return 'it needs Linux';
  if (spawnSync('chrt', ['-f', '50', 'true']).status !== 0)
    return 'it needs chrt and the right to a real-time priority';
  if (spawnSync('prlimit', ['--version']).status !== 0) return 'it needs prlimit (Debian: util-linux)';
  return null;
}

/** Threads come and go while a process starts; one that went meanwhile fails the command, so it has three tries. */
function must(program: string, ...words: readonly string[]): void {
  let { status, stderr } = spawnSync(program, words, { encoding: 'utf8' });
  for (let tries = 1; status !== 0 && tries < 3; tries++)
    ({ status, stderr } = spawnSync(program, words, { encoding: 'utf8' }));
  if (status !== 0) throw new Error(`${program} ${words.join(' ')}: ${stderr}`);
}
