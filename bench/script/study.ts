/** The same scenarios played by palier, and by k6 and Locust from the exported scripts: what each says, beside what the server counted. */
import { join } from 'node:path';
import type { OpenScenarioFile, ScenarioFile, UserStageFile } from '@palier/protocol';
import { divideCores } from '../process/cores.ts';
import { temporaryFolder } from '../process/ending.ts';
import type { Study } from '../study.ts';
import { startArena } from './arena.ts';
import { findK6 } from './k6.ts';
import { findLocust } from './locust.ts';
import { palier } from './ours.ts';
import { explanations, generatorTable, type Outing, timesTable } from './tables.ts';

/** The whole form takes seven minutes; a hold of each is enough for a thousand judged requests over its rounds, from which a p99 is told. */
const lengths = {
  full: { rounds: 2, hold: '25s', holdOpen: '15s' },
  quick: { rounds: 1, hold: '15s', holdOpen: '10s' },
} as const;
/** Arrivals a second of the open scenario: what the system carries on one core, so that the tools are compared and not its queue. */
const openRate = 50;

export const study: Study = {
  name: 'script',
  sentence:
    'The same scenarios by palier, and by k6 and Locust from the exported scripts, beside what the server counted.',
  async run({ quick }) {
    const { rounds, ...length } = quick ? lengths.quick : lengths.full;
    const cores = divideCores();
    const players = [palier, findK6(), findLocust()];
    const present = players.filter(({ version }) => version !== null);
    console.log(`${cores.sentence} ${present.map(({ name, version }) => `${name} ${version}`).join(', ')}.`);
    for (const { name, version, howToGet } of players) {
      if (version === null) console.log(`Left out: ${name} is not there (${howToGet}).`);
    }
    const arena = await startArena(cores.server, (own) => scenariosOf(own, length));
    const folder = temporaryFolder();
    const outings: Outing[] = [];
    try {
      for (const scenario of arena.scenarios) {
        for (let round = 0; round < rounds; round++) {
          for (const player of round % 2 === 0 ? present : present.toReversed()) {
            const told = arena.watch();
            const setting = { core: cores.client, folder: join(folder.path, `${scenario.name}-${round}`) };
            // Of one seed palier draws the same each time; the tools do not.
            const drawn = { ...scenario, seed: scenario.seed + round };
            const played = await player.play(drawn, arena, setting);
            outings.push({ ...played, scenario: scenario.name, round, truth: await told() });
            console.error(`${scenario.name}, round ${round + 1} of ${rounds}: ${player.name} is done`);
          }
        }
      }
    } finally {
      await arena.stop();
      folder.remove();
    }
    for (const scenario of arena.scenarios) {
      const own = outings.filter((outing) => outing.scenario === scenario.name);
      console.log(
        `\n${scenario.name}, ${scenario.model} model\n\n${timesTable(own, scenario)}\n\n${generatorTable(own, scenario)}\n`,
      );
      for (const line of explanations(own, scenario)) console.log(`- ${line}`);
    }
    const wrong = outings.flatMap(miscounted);
    for (const line of wrong) console.log(`MISCOUNTED: ${line}`);
    if (wrong.length === 0)
      console.log(`\nEach tool counted on each route as many requests as the server, in ${outings.length} runs.`);
    const met = wrong.length > 0 ? 'no' : present.length < players.length ? 'unclear' : 'yes';
    return { met, result: { outings: outings.map(plain) } };
  },
};

/** `normal` with a shorter hold, and `rush` with fewer arrivals and a shorter one. */
function scenariosOf(
  own: Readonly<Record<string, ScenarioFile>>,
  { hold, holdOpen }: { readonly hold: `${number}s`; readonly holdOpen: `${number}s` },
): Record<string, ScenarioFile> {
  const { normal, rush } = own;
  if (normal === undefined || rush === undefined) throw new Error('apps/releases has no scenarios normal and rush.');
  const stages = (normal.stages as readonly UserStageFile[]).map((stage) => ('hold' in stage ? { hold } : stage));
  const rates: OpenScenarioFile['stages'] = [{ rateTo: openRate, within: '5s' }, { hold: holdOpen }];
  const warmUp = '3s';
  return {
    normal: { ...normal, stages, warmUp } as ScenarioFile,
    rush: { ...rush, stages: rates, warmUp } as ScenarioFile,
  };
}

/** Where a tool's own count of a route is not the server's. */
function miscounted({ tool, scenario, round, counts, truth }: Outing): string[] {
  const routes = new Set([...Object.keys(counts), ...Object.keys(truth.counts)]);
  return [...routes].flatMap((route) => {
    const [own, server] = [counts[route]?.requests ?? 0, truth.counts[route]?.requests ?? 0];
    return own === server ? [] : [`${scenario}, round ${round + 1}, ${tool}, ${route}: ${own}; the server ${server}`];
  });
}

function plain({ times, otherwise, truth, ...outing }: Outing): object {
  const snapshots = (of: Readonly<Record<string, { snapshot(): object }>>): object =>
    Object.fromEntries(Object.entries(of).map(([name, one]) => [name, one.snapshot()]));
  return { ...outing, times: snapshots(times), otherwise: snapshots(otherwise), server: truth.counts };
}
