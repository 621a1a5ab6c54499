/** Under which conditions figures were taken; they go into the JSON and above the table. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import os from 'node:os';
import type { Contestant } from '../bench.ts';
import type { Cores } from './cores.ts';

export interface Conditions {
  readonly startedAt: string;
  readonly cores: number;
  readonly cpuModel: string;
  readonly memoryBytes: number;
  readonly kernel: string;
  readonly virtual: boolean;
  readonly node: string;
  /** The commit, with `+` when files differ from it; `null` outside git. */
  readonly commit: string | null;
  readonly pinning: string;
  readonly loadAverage: number;
  /** By contestant; absent: not there. */
  readonly versions: Readonly<Record<string, string>>;
}

export function conditionsOf(cores: Cores, contestants: readonly Contestant[]): Conditions {
  return {
    startedAt: new Date().toISOString(),
    cores: os.availableParallelism(),
    cpuModel: os.cpus()[0]?.model.trim() ?? 'unknown',
    memoryBytes: os.totalmem(),
    kernel: `${os.type()} ${os.release()}`,
    virtual: isVirtual(),
    node: process.version,
    commit: commit(),
    pinning: cores.sentence,
    loadAverage: os.loadavg()[0] ?? 0,
    versions: Object.fromEntries(
      contestants.flatMap((contestant) => {
        const version = contestant.version();
        return version === null ? [] : [[contestant.name, version]];
      }),
    ),
  };
}

export function conditionsText(conditions: Conditions): string {
  const { cores, cpuModel, kernel, node, commit, pinning, versions, virtual } = conditions;
  const programs = Object.entries(versions).map(([name, version]) => (version === name ? name : `${name} ${version}`));
  return [
    `${cores} cores ${cpuModel}${virtual ? ' (virtual)' : ''}, ${kernel}, Node ${node}${commit === null ? '' : `, commit ${commit}`}`,
    `${pinning} ${programs.join(', ')}.`,
  ].join('\n');
}

function isVirtual(): boolean {
  try {
    return /^flags\s*:.*\bhypervisor\b/m.test(readFileSync('/proc/cpuinfo', 'utf8'));
  } catch {
    return false;
  }
}

function commit(): string | null {
  const git = (...words: string[]) => spawnSync('git', words, { encoding: 'utf8', cwd: import.meta.dirname });
  const hash = git('rev-parse', '--short', 'HEAD');
  if (hash.status !== 0) return null;
  return hash.stdout.trim() + (git('status', '--porcelain').stdout === '' ? '' : '+');
}
