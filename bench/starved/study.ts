/** Whether the judge notices that the generator was starved, and accuses no healthy one. */
import { seededRandom } from '@palier/base/random';
import { divideCores } from '../process/cores.ts';
import type { Met } from '../rows.ts';
import type { Study } from '../study.ts';
import { aligned } from '../table.ts';
import { healthyRuns } from './healthy.ts';
import { type Outcome, play } from './play.ts';
import { missing } from './starve.ts';
import { type Way, ways } from './ways.ts';

/** A core that others use more than so much of is noise. A run of ours uses less than one, its server less than another. */
const quietCores = 1.6;

export const study: Study = {
  name: 'starved',
  sentence: 'Twenty starved generators must be noticed, fifty healthy ones not accused.',
  run: playAll,
};

interface Played {
  readonly way: string;
  readonly starved: boolean;
  readonly outcome: Outcome;
  readonly noticed: boolean;
}

async function playAll({
  quick,
}: {
  readonly quick: boolean;
}): Promise<{ readonly met: Met; readonly result: object }> {
  const why = missing();
  if (why !== null) throw new Error(`The bench starved cannot be run here: ${why}.`);
  const cores = divideCores();
  console.log(cores.sentence);
  const random = seededRandom('starved');
  const only = process.env['ONLY']?.split(',');
  const isChosen = (name: string, byQuick: boolean): boolean =>
    only === undefined ? !quick || byQuick : only.some((word) => name.includes(word));
  const starved = ways(cores, random).filter(({ name }, i) => isChosen(name, i % 3 === 1));
  const healthy = healthyRuns(cores, random).filter(({ name }, i) => isChosen(name, i < 8));
  const played: Played[] = [];
  const add = async (list: readonly Way[], isStarved: boolean): Promise<void> => {
    for (const { name, outing } of list) {
      const outcome = await play(outing);
      const noticed = outcome.verdict === 'invalid' || outcome.bound === 'lower';
      played.push({ way: name, starved: isStarved, outcome, noticed });
      console.error(
        `${played.length} of ${starved.length + healthy.length}: ${name}: ${verdictOf(outcome)} ${outcome.failed.join(', ')}`,
      );
    }
  };
  await add(starved, true);
  await add(healthy, false);
  const { table, lines, met } = resultOf(played);
  console.log(`\n${aligned(table, [])}\n\n${lines.join('\n')}`);
  return { met, result: { table, lines, played } };
}

function resultOf(played: readonly Played[]): {
  readonly table: readonly (readonly string[])[];
  readonly lines: readonly string[];
  readonly met: Met;
} {
  const starved = played.filter((one) => one.starved);
  const healthy = played.filter((one) => !one.starved);
  const accused = healthy.filter((one) => one.noticed);
  const caught = starved.filter((one) => one.noticed);
  const noisy = accused.filter(({ outcome }) => outcome.machineCores > quietCores || outcome.stolenCores > 0.1);
  const isMissed = caught.length < starved.length || accused.length > noisy.length;
  return {
    table: [
      ['way', 'verdict', 'noticed by', 'late, p99', 'beyond the log'],
      ...starved.map(row),
      ...accused.map((one) => row({ ...one, way: `healthy: ${one.way}` })),
    ],
    lines: [
      `Starved and noticed: ${caught.length} of ${starved.length} (goal: all).`,
      `Healthy and accused: ${accused.length} of ${healthy.length} (goal: none)${noisy.length === 0 ? '' : `; ${noisy.length} of them while other programs filled the machine, which starves a generator in truth`}.`,
      ...accused.flatMap(({ way, outcome }) => outcome.sentences.map((sentence) => `  ${way}: ${sentence}`)),
    ],
    met: isMissed ? 'no' : noisy.length > 0 ? 'unclear' : 'yes',
  };
}

function row({ way, outcome, noticed }: Played): readonly string[] {
  const { failed, lagP99Ms, harmMs } = outcome;
  const harm = harmMs === null ? '–' : `${harmMs.toFixed(1)} ms`;
  return [way, verdictOf(outcome), noticed ? failed.join(', ') : 'MISSED', `${lagP99Ms.toFixed(1)} ms`, harm];
}

function verdictOf({ verdict, bound }: Outcome): string {
  return bound === 'lower' ? 'lower bound' : verdict;
}
