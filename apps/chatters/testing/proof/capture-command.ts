/** `proof capture`: plays it on both sets of engines and tells what came of it. */
import { type Captured, type CaptureSize, playCapture } from './capture.ts';
import { onFiles, onServers } from './engines.ts';
import { aligned } from './table.ts';

const usual = { latencyMs: 40, jitterMs: 40, fast: false };
export const wholeCapture: CaptureSize = { ...usual, people: 200_000, pointsPerMinute: 800, leaseMs: 7500 };
export const quickCapture: CaptureSize = { ...usual, people: 20_000, pointsPerMinute: 8000, leaseMs: 900 };

/** 0: all as it should be, 1: not, 3: an engine is missing. */
export async function capture(size: CaptureSize): Promise<number> {
  const only = process.env['ONLY'];
  const asked = [onFiles, onServers].filter(({ name }) => only === undefined || name.includes(only));
  console.log(
    `A capture of ${size.people} chatters and what is planted among them, from the click to the chart; the worker is killed twice on the way.\n` +
      `Twitch is the simulated one: ${size.pointsPerMinute} points a minute for the user (the contract has 800), 40 to 80 ms an answer, of a thousand\n` +
      `chatters 20 come and 20 go each minute. A lease is ${size.leaseMs} ms. ONLY=SQLite, ONLY=MariaDB play one.\n`,
  );
  const played: Captured[] = [];
  for (const engines of asked) {
    if (engines.options.skip) console.log(`${engines.name}: not played, a server is missing.`);
    else played.push(await playCapture(engines, size, (line) => console.log(line)));
  }
  console.log(`\n${tableOf(played)}`);
  if (played.some((one) => faultsOf(one).length > 0)) return 1;
  return played.length === asked.length ? 0 : 3;
}

function tableOf(played: readonly Captured[]): string {
  const row = (title: string, of: (one: Captured) => string | number): string[] => [
    title,
    ...played.map((one) => String(of(one))),
  ];
  const seconds = (ms: number): string => (ms / 1000).toFixed(1);
  return aligned([
    row('', ({ engines }) => engines),
    row('chatters captured', ({ captured }) => captured),
    row('there the whole time', ({ stayed }) => stayed),
    row('  of them missing', ({ missing }) => missing),
    row('captured twice', ({ duplicates }) => duplicates),
    row('captured, and never there', ({ strangers }) => strangers),
    row('not asked for', ({ unasked }) => unasked),
    row('stored otherwise than told', ({ wrong }) => wrong),
    row('clusters found, of those planted', ({ clusters }) => `${clusters.found} of ${clusters.planted}`),
    row('clusters of people accused', ({ clusters }) => clusters.accused),
    row('accounts with several names', ({ renamed }) => renamed),
    row('  of them wrongly', ({ renamedWrongly }) => renamedWrongly),
    row('killed after reading', ({ kills }) => kills[0]?.reached ?? 'never'),
    row('killed after asking for', ({ kills }) => kills[1]?.reached ?? 'never'),
    row('click to done, s', ({ captureMs }) => seconds(captureMs)),
    row('click to chart, s', ({ chartMs }) => seconds(chartMs)),
    row('points taken', ({ points }) => points),
    row('  for which a user waits, s', ({ leastMs }) => seconds(leastMs)),
    row('refused for want of points', ({ refused }) => refused),
    row('page, summary computed, ms', ({ computedMs }) => computedMs.toFixed(0)),
    row('page, summary kept, ms', ({ keptMs }) => keptMs.toFixed(1)),
    row('  times as fast', (one) => (one.computedMs / one.keptMs).toFixed(0)),
    row('', (one) => faultsOf(one).join(', ') || 'as it should be'),
  ]);
}

function faultsOf({
  missing,
  duplicates,
  strangers,
  unasked,
  wrong,
  clusters,
  renamedWrongly,
  kills,
}: Captured): string[] {
  const counts = { missing, duplicates, strangers, unasked, wrong, accused: clusters.accused, renamedWrongly };
  const faults = Object.entries(counts).flatMap(([name, count]) => (count > 0 ? [`${name}: ${count}`] : []));
  if (clusters.found < clusters.planted) faults.push('a cluster was not found');
  if (kills.some(({ reached, of }) => reached >= of)) faults.push('a worker was killed too late');
  return faults;
}
