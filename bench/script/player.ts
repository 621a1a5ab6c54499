/** What the three tools have in common: how each is told to play, its script, its process. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { planLoad } from '@palier/load/plan';
import { requestsOf, type ScriptTool, writeScript } from '@palier/load/script';
import type { GeneratorPlan, Scenario } from '@palier/protocol';
import { startChild } from '../process/child.ts';
import { processCpuMs } from '../process/cpu.ts';
import type { Arena } from './arena.ts';
import type { Played } from './played.ts';

export interface Player {
  readonly name: string;
  /** Null: not there. */
  readonly version: string | null;
  readonly howToGet: string;
  play(scenario: Scenario, arena: Arena, setting: PlayerSetting): Promise<Played>;
}

export interface PlayerSetting {
  readonly core: number | null;
  /** Exists; for the script and what it writes. */
  readonly folder: string;
}

const pollMs = 100;
/** A tool that hangs is ended so long after the scenario's end. */
const patienceMs = 60_000;

export function planOf(scenario: Scenario, { system, dataFolder, url }: Arena): GeneratorPlan {
  return planLoad(scenario, { folder: system.folder, dataFolder, target: url });
}

/** As `palier export` writes it. */
export function exported(tool: ScriptTool, scenario: Scenario, arena: Arena, file: string): string {
  mkdirSync(dirname(file), { recursive: true });
  const { text, beside } = writeScript(tool, {
    ...requestsOf(scenario, planOf(scenario, arena)),
    system: arena.system.name,
    configName: basename(arena.system.file),
    scriptName: basename(file),
    pathOf: (named) =>
      relative(dirname(file), resolve(arena.system.folder, named.replace('{{dataDir}}', arena.dataFolder))),
    baseUrl: arena.url,
  });
  writeFileSync(file, text);
  for (const one of beside) writeFileSync(join(dirname(file), one.name), one.text);
  return file;
}

/** Runs it to its end. Throws when it ended otherwise than by a judgement. */
export async function run(
  name: string,
  core: number | null,
  command: readonly string[],
  { stages }: Scenario,
): Promise<{ readonly status: number | null; readonly cpuMs: number }> {
  const child = await startChild(name, core, command);
  const cpu = watchCpu(child.pid);
  const lengthMs = stages.reduce((sum, { durationMs }) => sum + durationMs, 0);
  const limit = setTimeout(() => void child.stop(), lengthMs + patienceMs);
  const status = await child.finished;
  clearTimeout(limit);
  const cpuMs = cpu();
  // k6: 99 for a crossed threshold; Locust's script: 1 for a broken limit.
  if (status !== 0 && status !== 99 && status !== 1) throw new Error(`${name} ended with ${status}: ${child.output()}`);
  return { status, cpuMs };
}

/** Looks often, since nothing is left to look at afterwards. */
export function watchCpu(pid: number): () => number {
  let lastMs = 0;
  const timer = setInterval(() => {
    lastMs = processCpuMs(pid) ?? lastMs;
  }, pollMs);
  return () => {
    clearInterval(timer);
    return lastMs;
  };
}

/** What a program writes; empty when there is no such program. */
export function outputOf(...[program = '', ...words]: readonly string[]): string {
  return spawnSync(program, words, { encoding: 'utf8' }).stdout ?? '';
}
