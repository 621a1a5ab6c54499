/** What becomes of jobs while their workers are killed and frozen, and the database is killed twice. */
import { lacking } from '../batch/engines.ts';
import type { Engine } from '../batch/rows.ts';
import type { Met } from '../rows.ts';
import type { Study } from '../study.ts';
import { aligned } from '../table.ts';
import { wrongs } from './judge.ts';
import { full, play, type Played, quick } from './play.ts';

const engines: readonly Engine[] = ['mariadb', 'postgres', 'sqlite'];

export const study: Study = {
  name: 'faults-queue',
  sentence: 'Workers are killed every second and frozen, the database is killed twice, under 20 000 jobs: counts.',
  run: playAll,
};

async function playAll({ quick: isQuick }: { readonly quick: boolean }): Promise<{ met: Met; result: object }> {
  const pace = isQuick ? quick : full;
  const only = process.env['ONLY']?.split(',');
  const chosen = engines.filter((engine) => only === undefined || only.includes(engine));
  if (chosen.length === 0) throw new Error(`No engine is meant; there are: ${engines.join(', ')}.`);
  console.log(
    `${pace.jobs} jobs of 0 to ${2 * pace.workMs} ms (of ten: four kept, four gone when done, one that writes a row with its end, one of five pages),\n` +
      `four workers of 10 handlers, lease ${pace.leaseMs} ms. Each ${pace.strikeEveryMs} ms one is killed (every fourth time frozen for three leases, and comes\n` +
      `back); the database is killed after ${pace.restartsAtMs.map((ms) => ms / 1000).join(' and ')} s. A minute or two each; ONLY=mariadb plays one.`,
  );
  const played: Played[] = [];
  const bills: Met[] = [];
  for (const engine of chosen) {
    const why = lacking(engine);
    if (why !== null) {
      console.log(`\n${engine}: not played, ${why}.`);
      bills.push('unclear');
      continue;
    }
    const one = await play(engine, pace);
    played.push(one);
    bills.push(billOf(one, pace.restartsAtMs.length));
    console.log(`\n${tableOf(one, bills.at(-1) as Met)}`);
  }
  const met: Met = bills.includes('no') ? 'no' : bills.includes('unclear') ? 'unclear' : 'yes';
  return { met, result: { pace, played } };
}

/** Nothing is told where nothing was tried. */
function billOf({ engine, counts, kills, restarts }: Played, wanted: number): Met {
  if (wrongs(counts) > 0) return 'no';
  const tried = kills > 0 && counts.begunAgain > 0 && (engine === 'sqlite' || restarts === wanted);
  return tried ? 'yes' : 'unclear';
}

function tableOf({ engine, counts, kills, freezes, restarts, deserters, refused, seconds }: Played, met: Met): string {
  const rows: readonly (readonly [string, string])[] = [
    [engine, met],
    ['jobs', String(counts.jobs)],
    ['done', String(counts.done)],
    ['lost', String(counts.lost)],
    ['dead', String(counts.dead)],
    ['results of fenced workers taken', String(counts.fencedAccepted)],
    ['rows written with an end that are not there once', String(counts.effectsWrong)],
    ['jobs of pages whose pages are not there once each, in order', String(counts.outputsWrong)],
    ['jobs begun more than once', String(counts.begunAgain)],
    ['results refused, as far as workers lived to tell', String(refused)],
    ['workers killed', String(kills)],
    ['workers frozen', String(freezes)],
    ['workers that ended by themselves', String(deserters)],
    ['database killed', String(restarts)],
    ['seconds', seconds.toFixed(1)],
  ];
  return aligned(rows, [1]);
}
