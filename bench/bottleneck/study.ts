/** Twelve bottlenecks, each planted in two services at two strengths, and healthy systems: which name does `palier limit` give them? */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { seededRandom } from '@palier/base/random';
import type { Study } from '../study.ts';
import { aligned } from '../table.ts';
import { drawnSystems, plantedSystems } from './planted.ts';
import { runTrial, type Trial } from './trial.ts';

const interpreter = '/usr/bin/python3';
const leastRight = 22;

export const study: Study = {
  name: 'bottleneck',
  sentence:
    'Twelve planted bottlenecks in two services at two strengths, and healthy systems: which are named rightly?',
  async run({ quick }) {
    // Beside the repository's own files, on its disk: what /tmp stands on may be memory.
    const folder = mkdtempSync(join(import.meta.dirname, '.run-'));
    const { ONLY, SEED } = process.env;
    const place = { folder, interpreter };
    const all = SEED === undefined ? plantedSystems(place) : drawnSystems(place, seededRandom(Number(SEED)));
    const only = ONLY?.split(',');
    const chosen = all.filter(({ what, make }, i) =>
      only === undefined
        ? !quick || i % 3 === 0
        : only.some((words) => words.split('+').every((word) => what.includes(word) || word === make)),
    );
    const trials: Trial[] = [];
    try {
      for (const planted of chosen) {
        const trial = await runTrial(planted, join(folder, 'palier.config.ts'));
        trials.push(trial);
        console.log(lineOf(trial));
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    const { sick, right, idle, idleRight, healthy, accused } = countsOf(trials);
    console.log(
      `\n${matrixOf(trials)}\n\n${right} of ${sick} named rightly; ${accused} of ${healthy} healthy systems accused; ${idleRight} of ${idle} idle ones named rightly.`,
    );
    const isAll = chosen.length === all.length && SEED === undefined;
    const missed = accused > 0 || (isAll && right < leastRight);
    const met = missed ? 'no' : isAll ? 'yes' : 'unclear';
    return { met, result: { right, of: sick, accused, healthy, trials } };
  },
};

function countsOf(trials: readonly Trial[]): Readonly<Record<string, number>> & {
  readonly right: number;
  readonly accused: number;
} {
  const healthy = trials.filter(({ planted }) => planted.right === null);
  const idle = trials.filter(({ planted }) => planted.right !== null && planted.isIdle);
  const sick = trials.filter(({ planted }) => planted.right !== null && !planted.isIdle);
  return {
    sick: sick.length,
    right: sick.filter(isRight).length,
    idle: idle.length,
    idleRight: idle.filter(isRight).length,
    healthy: healthy.length,
    accused: healthy.filter((trial) => !isRight(trial)).length,
  };
}

function isRight({ planted: { right }, bottleneck: { causes } }: Trial): boolean {
  const [first] = causes;
  if (right === null || first === undefined) return right === null && first === undefined;
  return right.kinds.includes(first.kind) && first.component === right.component;
}

function lineOf(trial: Trial): string {
  const { planted, bottleneck, levels } = trial;
  const path = levels
    .map(({ level, p95Ms, perSecond }) => `${level}: ${perSecond.toFixed(0)}/s ${p95Ms.toFixed(0)} ms`)
    .join(', ');
  const named =
    bottleneck.causes.map(({ kind, component, score }) => `${kind} of ${component} ${score.toFixed(2)}`).join(', ') ||
    'nobody';
  const { seen } = trial;
  const names = ['cpuCores', 'busiestThreadCores', 'loopUtilisation', 'gcShare', 'throttledShare', 'runQueueShare'];
  const figures = [...names, 'descriptorShare', 'diskWaitingThreads']
    .map((name) => `${name} ${seen.half[name]?.toFixed(2) ?? '?'} → ${seen.knee[name]?.toFixed(2) ?? '?'}`)
    .join(', ');
  const evidence = isRight(trial)
    ? ''
    : `\n   ${[...bottleneck.causes.flatMap((cause) => cause.evidence), figures].join('\n   ')}`;
  return `${isRight(trial) ? '✔' : '✘'} ${planted.what}, ${planted.make}, ${planted.strength} → ${named}   (${path})${evidence}`;
}

/** Planted in the rows, named in the columns. */
function matrixOf(trials: readonly Trial[]): string {
  const name = ({ bottleneck: { causes } }: Trial): string =>
    causes[0] === undefined
      ? 'nobody'
      : `${causes[0].kind}${causes[0].component === 'front' ? '' : ` (${causes[0].component})`}`;
  const columns = [...new Set(trials.map(name))].toSorted();
  const rows = Map.groupBy(trials, ({ planted }) => planted.what);
  const lines = [...rows].map(([what, list]) =>
    [what].concat(
      columns.map((column) => String(list.filter((one) => name(one) === column).length || '·')),
      `${list.filter(isRight).length} of ${list.length}`,
    ),
  );
  return aligned(
    [['planted', ...columns, 'right'], ...lines],
    columns.map((_, i) => i + 1),
  );
}
