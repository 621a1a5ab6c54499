/** `npm run proof -w @palier/app-chatters -- capture|scaling [--quick]`: what the application is believed to do, done and counted. */
import { type Captured, type CaptureSize, playCapture } from './capture.ts';
import { onFiles, onServers } from './engines.ts';
import { type Outing, playScaling, type ScalingSize } from './scaling.ts';
import { aligned } from './table.ts';

const usual = { latencyMs: 40, jitterMs: 40, fast: false };
const whole: CaptureSize = { ...usual, people: 200_000, pointsPerMinute: 800, leaseMs: 7500 };
const quick: CaptureSize = { ...usual, people: 20_000, pointsPerMinute: 8000, leaseMs: 900 };

const places = { places: 2, latencyMs: 40, jitterMs: 40 };
const wholeScaling: ScalingSize = { ...places, users: 230, rounds: 3 };
const quickScaling: ScalingSize = { ...places, users: 120, rounds: 1 };
/** What three workers have to do beside one. */
const scalingGoal = 2.7;

const [what, ...words] = process.argv.slice(2);
const isQuick = words.includes('--quick');
const unknown = words.filter((word) => word !== '--quick');
if (what === 'capture' && unknown.length === 0) process.exitCode = await capture(isQuick ? quick : whole);
else if (what === 'scaling' && unknown.length === 0)
  process.exitCode = await scaling(isQuick ? quickScaling : wholeScaling);
else {
  console.error('npm run proof -w @palier/app-chatters -- capture|scaling [--quick]');
  process.exitCode = 2;
}

/** 0: all as it should be, 1: not, 3: an engine is missing. */
async function capture(size: CaptureSize): Promise<number> {
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

/** 0: the goal is met and nothing failed, 1: not, 3: an engine is missing. */
async function scaling(size: ScalingSize): Promise<number> {
  console.log(
    `Captures of ${size.users} users, each with 800 points a minute and a channel of 26 to 255 people: two jobs each, on MariaDB and Redis. A worker has\n` +
      `${size.places} places (JOBS_AT_ONCE). Twitch is the simulated one and answers within 40 to 80 ms, as from a near data centre; the longer it takes, the easier\n` +
      `is what is asked here. The cores of this machine are shared by all; where they are nearly all busy they are what is measured.\n`,
  );
  if (onServers.options.skip) {
    console.log('Not played: a server is missing.');
    return 3;
  }
  const outings = await playScaling(onServers, size, (line) => console.log(line));
  const rates = [1, 2, 3].map((workers) => outings.filter((one) => one.workers === workers));
  const median = (list: readonly number[]): number => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0;
  const rate = (of: readonly Outing[] = []): number => median(of.map(({ jobsPerSecond }) => jobsPerSecond));
  const rows = rates.map((of, i) => [
    String(i + 1),
    rate(of).toFixed(1),
    (rate(of) / rate(rates[0])).toFixed(2),
    median(of.map(({ busyCores }) => busyCores)).toFixed(2),
  ]);
  console.log(`\n${aligned([['workers', 'jobs/s', 'beside one', 'cores busy'], ...rows])}`);
  const sum = (what: 'failed' | 'refused'): number => outings.reduce((total, one) => total + one[what], 0);
  const ratio = rate(rates[2]) / rate(rates[0]);
  const met = ratio >= scalingGoal && sum('failed') === 0;
  console.log(
    `\nMedians of ${size.rounds} rounds. Captures failed: ${sum('failed')}; calls refused for want of points: ${sum('refused')}. Three workers beside one: ${ratio.toFixed(2)}, goal ${scalingGoal}: ${met ? 'met' : 'MISSED'}.`,
  );
  return met ? 0 : 1;
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
    row('summary computed, ms', ({ computedMs }) => computedMs.toFixed(0)),
    row('summary kept, ms', ({ keptMs }) => keptMs.toFixed(1)),
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
