/**
 * Recorded arrivals: their moments, read and checked, and the stages that they amount to. A recording is one hold at its mean rate; its
 * length is that of as many gaps as it has arrivals, so that rate × length is their number.
 */
import type { Scenario, Stage } from '@palier/protocol';
import { loadError } from '../errors.ts';
import { diskFiles, type FileSource } from './files.ts';
import { type PlanOptions, planLimits } from './options.ts';
import { isUnmade, readNamed } from './steps.ts';

/**
 * The scenario with the stages of its recording, which `phasesOf` and the judge need; any other scenario as it is. A recording that
 * `prepare` has still to make has no stages yet. Throws `PALIER_LOAD_FILE`, `PALIER_LOAD_FILE_SIZE` and `PALIER_LOAD_RECORDING`.
 */
export function withRecording(
  scenario: Scenario,
  options: Pick<PlanOptions, 'folder' | 'dataFolder' | 'files'>,
): Scenario {
  const { folder, dataFolder = null, files = diskFiles() } = options;
  return readRecording(scenario, { folder, dataFolder, files }).scenario;
}

/** The same, with the moments. */
export function readRecording(
  scenario: Scenario,
  source: FileSource,
): { readonly scenario: Scenario; readonly recordedMs: readonly number[] | null } {
  const file = scenario.arrivals?.recorded ?? null;
  if (file === null) return { scenario, recordedMs: null };
  if (isUnmade(file, source)) return { scenario, recordedMs: [] };
  const key = `scenarios.${scenario.name}.arrivals.recorded`;
  const recordedMs = momentsOf(file, key, source);
  return { scenario: { ...scenario, stages: [stageOf(recordedMs)] }, recordedMs };
}

function momentsOf(file: string, key: string, source: FileSource): readonly number[] {
  const content = readNamed(file, key, source, planLimits.maxDataFileBytes);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(content));
  } catch (error) {
    throw loadError('PALIER_LOAD_RECORDING', { key, file, problem: 'no JSON' }, { cause: error });
  }
  const problem = problemOf(value);
  if (problem !== null) throw loadError('PALIER_LOAD_RECORDING', { key, file, problem });
  return value as readonly number[];
}

function problemOf(value: unknown): string | null {
  if (!Array.isArray(value)) return 'no array';
  if (value.length < 2) return `an array of ${value.length}`;
  let before = 0;
  for (const [index, moment] of value.entries()) {
    if (typeof moment !== 'number' || !(moment >= before)) {
      return `an array with ${JSON.stringify(moment)} at place ${index}, after ${before}`;
    }
    before = moment;
  }
  return before > 0 ? null : 'an array of nothing but zeros';
}

function stageOf(recordedMs: readonly number[]): Stage {
  const count = recordedMs.length;
  const durationMs = ((recordedMs[count - 1] as number) * count) / (count - 1);
  const level = Number(((1000 * count) / durationMs).toPrecision(3));
  return { kind: 'hold', fromLevel: level, toLevel: level, durationMs };
}
