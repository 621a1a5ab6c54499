/** What becomes of jobs while their workers are killed and frozen, and the database is killed twice. */
import { lacking } from '../batch/engines.ts';
import type { Engine } from '../batch/rows.ts';
import { type Met, worstOf } from '../rows.ts';
import type { Study } from '../study.ts';
import { aligned } from '../table.ts';
import { type Bill, billOf, metOfBill } from './bill.ts';
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
  const [least, most] = pace.lastsS.map((seconds) => (seconds * chosen.length) / 60);
  console.log(
    `${pace.jobs} jobs of 0 to ${2 * pace.workMs} ms (of ten: four kept, four gone when done, one that writes a row with its end, one of five pages),\n` +
      `four workers of 10 handlers, lease ${pace.leaseMs} ms. Each ${pace.strikeEveryMs} ms one is killed (every fourth time frozen for three leases, and comes\n` +
      `back); the database is killed after ${pace.restartsAtMs.map((ms) => ms / 1000).join(' and ')} s. ${chosen.join(', ')}: about ${least?.toFixed(0)} min on a quiet machine, up to\n` +
      `${most?.toFixed(0)} on a busy one; ONLY=mariadb plays one.`,
  );
  const played: { readonly one: Played; readonly bill: readonly Bill[] }[] = [];
  const mets: Met[] = [];
  for (const engine of chosen) {
    const why = lacking(engine);
    if (why !== null) {
      console.log(`\n${engine}: not played, ${why}.`);
      mets.push('unclear');
      continue;
    }
    const one = await play(engine, pace);
    const bill = billOf(one, engine === 'sqlite' ? 0 : pace.restartsAtMs.length);
    played.push({ one, bill });
    mets.push(metOfBill(bill));
    console.log(`\n${tableOf(one)}`);
  }
  console.log(`\n${billTable(played)}`);
  return { met: worstOf(mets), result: { pace, played } };
}

function tableOf({ engine, counts, kills, freezes, restarts, deserters, seconds, awaySeconds }: Played): string {
  const rows: readonly (readonly [string, string])[] = [
    [engine, `${seconds.toFixed(1)} s`],
    ['jobs', String(counts.jobs)],
    ['done', String(counts.done)],
    ['begun more than once', String(counts.begunAgain)],
    ['late results refused', String(counts.refused)],
    ['jobs of which one was refused while another worker was at them', String(counts.refusedBeside)],
    ['workers killed', String(kills)],
    ['workers frozen', String(freezes)],
    ['workers that ended by themselves', String(deserters)],
    ['database killed', String(restarts)],
    ['until it answered again, in all', `${awaySeconds.toFixed(1)} s`],
  ];
  return aligned(rows, [1]);
}

/** A line for each promise, a column for each engine. */
function billTable(played: readonly { readonly one: Played; readonly bill: readonly Bill[] }[]): string {
  const promises = played[0]?.bill.map(({ promise }) => promise) ?? [];
  const header = ['promise', ...played.map(({ one }) => one.engine)];
  const lines = promises.map((promise, i) =>
    [promise].concat(played.map(({ bill }) => `${bill[i]?.seen} ${words[bill[i]?.met ?? 'unclear']}`)),
  );
  return aligned(
    [header, ...lines],
    header.map((_, column) => column).filter((column) => column > 0),
  );
}

const words: Readonly<Record<Met, string>> = { yes: 'kept', no: 'MISSED', unclear: 'not tried' };
