/** What becomes of log-ins and validations while Redis dies, stands still, is handed over, cut off or gone. */
import { spawnSync } from 'node:child_process';
import type { Met } from '../rows.ts';
import type { Study } from '../study.ts';
import { aligned } from '../table.ts';
import { type Fault, faults } from './faults.ts';
import type { Row } from './judge/rows.ts';
import { billMet, summaryTable } from './judge/summary.ts';
import { full, lastsMs, type Pace, quick } from './pace.ts';
import { type Played, play } from './play.ts';

/** Starting the servers, logging the users in, and looking after what is left. */
const aroundMs = 15_000;

export const study: Study = {
  name: 'faults-state',
  sentence:
    'Redis dies, stands still, is cut off or gone under 500 log-ins/s and 5000 validations/s: counts, and for how long.',
  run: playAll,
};

async function playAll({ quick: isQuick }: { readonly quick: boolean }): Promise<{ met: Met; result: object }> {
  if (spawnSync('redis-server', ['--version']).status !== 0) {
    throw new Error('The faults cannot be played here: there is no redis-server (Debian: redis-server).');
  }
  // A Cluster is nine servers, and each ends with this process.
  process.setMaxListeners(50);
  const pace = isQuick ? quick : full;
  const only = process.env['ONLY']?.split(',');
  const chosen = faults.filter(({ name }) => only === undefined || only.some((word) => name.includes(word)));
  console.log(
    `${pace.makesPerSecond} log-ins/s, ${pace.validationsPerSecond} validations/s by two replicas, ${pace.revocationsPerSecond} revocations/s; a ` +
      `server is called down after ${pace.downAfterMs} ms.`,
  );
  if (chosen.length === 0) throw new Error(`No fault has a name with one of these words: ${only?.join(', ')}.`);
  const wholeMs = chosen.reduce((sum, fault) => sum + lastsMs(fault, pace) + aroundMs, 0);
  console.log(
    `Faults to play: ${chosen.length}, about ${Math.ceil(wholeMs / 60_000)} min; ONLY=WORD,WORD plays those whose names have these words.`,
  );
  const startMs = performance.now();
  const played: Played[] = [];
  for (const [nth, fault] of chosen.entries()) {
    const one = await playOr(fault, pace);
    played.push(one);
    const tookS = ((performance.now() - startMs) / 1000).toFixed(0);
    console.log(`\n${nth + 1} of ${chosen.length}, at ${tookS} s: ${fault.name}\n${tableOf(one.rows)}`);
    for (const [who, errors] of Object.entries(one.errors)) {
      const list = Object.entries(errors).map(([code, count]) => `${code} ${count}`);
      if (list.length > 0) console.log(`  ${who}: ${list.join(', ')}`);
    }
  }
  console.log(`\nIn ms; in brackets what is allowed.\n${summaryTable(played)}`);
  const bills = new Set(played.map(billMet));
  const met: Met = bills.has('no') ? 'no' : bills.has('unclear') ? 'unclear' : 'yes';
  return { met, result: { pace, played } };
}

/** One that cannot be played costs its own line, not those that were played already. */
async function playOr(fault: Fault, pace: Pace): Promise<Played> {
  try {
    return await play(fault, pace);
  } catch (error) {
    const failed = error instanceof Error ? error.message : String(error);
    console.log(`\n${fault.name}: not played, ${failed}`);
    return { fault: fault.name, rows: [], errors: {}, failed };
  }
}

const header = [
  'who',
  'asked',
  'done',
  'away',
  'lost',
  'back',
  'refused wrongly',
  'accepted after end',
  'last, ms',
].concat(['pending', 'late', 'longest, ms', 'gap, ms', 'goal', 'load late', 'met']);

function tableOf(rows: readonly Row[]): string {
  const lines = rows.map((row) => [
    row.who,
    String(row.asked),
    String(row.good),
    String(row.unavailable),
    row.lost === null ? '' : String(row.lost),
    row.back === null ? '' : String(row.back),
    String(row.refusedWrongly),
    String(row.acceptedAfterEnd),
    row.believedForMs.toFixed(0),
    String(row.pending),
    String(row.beyondDeadline),
    row.longestCallMs.toFixed(0),
    row.goesOn ? row.gapMs.toFixed(0) : `${row.gapMs.toFixed(0)}, does not go on`,
    row.gapGoalMs === null ? '' : `≤ ${row.gapGoalMs}`,
    row.lateMs.toFixed(0),
    row.met ?? '',
  ]);
  const right = header.flatMap((_, column) => (column > 0 && column < header.length - 1 ? [column] : []));
  return aligned([header, ...lines], right);
}
