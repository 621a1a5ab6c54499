/**
 * The time axis that all charts of a scenario share: its grid, its ticks, the judged stretches and the moments at which something broke.
 */
import type { ScenarioReport, SystemEvent } from '@palier/protocol';
import type { ChartOptions } from './chart/chart.ts';
import { type Grid, gridOf } from './chart/grid.ts';
import { timeTicks } from './chart/scale.ts';
import { moment } from './figures.ts';

/** More marks hide the curve. */
const maxMarks = 30;

export interface Timeline {
  readonly grid: Grid;
  readonly axis: Pick<ChartOptions, 'x' | 'shades' | 'marks'>;
  /** `each point is the worst of 4 s`; empty when it is one second. */
  readonly pointNote: string;
}

export function timelineOf(scenario: ScenarioReport): Timeline {
  const durationMs = Math.max(1000, scenario.durationMs);
  const grid = gridOf(durationMs);
  const share = (atMs: number): number => Math.min(1, Math.max(0, atMs / durationMs));
  const seconds = grid.stepMs / 1000;
  return {
    grid,
    axis: {
      x: {
        at: grid.atMs.map((atMs) => share(atMs - grid.stepMs / 2)),
        labels: grid.atMs.map((atMs) => moment(atMs - (seconds > 1 ? grid.stepMs : 0))),
        ticks: timeTicks(durationMs).map((atMs) => ({ at: share(atMs), label: moment(atMs) })),
      },
      shades: scenario.phases.flatMap(({ judged }) =>
        judged === null ? [] : [{ from: share(judged.startMs), to: share(judged.endMs) }],
      ),
      marks: eventsDuring(scenario)
        .filter(({ kind }) => markedKinds.has(kind))
        .slice(0, maxMarks)
        .map((event) => ({
          at: share(event.atMs - scenario.startedAtEpochMs),
          label: `${moment(event.atMs - scenario.startedAtEpochMs)} ${event.message}`,
          bad: badKinds.has(event.kind),
        })),
    },
    pointNote: seconds > 1 ? `Each point is the worst of ${seconds} s.` : '',
  };
}

export const badKinds: ReadonlySet<SystemEvent['kind']> = new Set(['replica-crashed', 'replica-unhealthy']);
const markedKinds: ReadonlySet<SystemEvent['kind']> = new Set([...badKinds, 'replica-healthy', 'note']);

/** What happened while there was load; the starting and stopping around it is no news. */
export function eventsDuring({ events, startedAtEpochMs, durationMs }: ScenarioReport): readonly SystemEvent[] {
  return events.filter(({ atMs }) => atMs >= startedAtEpochMs && atMs <= startedAtEpochMs + durationMs);
}
