/** `npm run bench -- [NAME] [--quick] [--json FILE] [--check]`: runs a bench and prints its table. */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Bench, Contestant, Pace, Sample, Setting } from './bench.ts';
import { chosenOf, type Command, readCommand } from './command.ts';
import { conditionsOf, conditionsText } from './process/conditions.ts';
import { divideCores } from './process/cores.ts';
import { startProgress } from './progress.ts';
import { type Met, metOf, quietCores, type Row, rowsOf, worstOf } from './rows.ts';
import { outingsOf, runOutings } from './run.ts';
import type { Study } from './study.ts';
import { comparisonTable, coresTable } from './table.ts';

const usual: NonNullable<Bench['paces']> = {
  full: { rounds: 9, warmUpMs: 1000, measureMs: 3000 },
  quick: { rounds: 3, warmUpMs: 600, measureMs: 1200 },
};
/** As `palier prove`: 0 met, 1 missed, 2 wrong use, 3 cannot be told. */
const exitStatus: Readonly<Record<Met, number>> = { yes: 0, no: 1, unclear: 3 };

/** What `--json` writes. */
type Result = { readonly met: Met } & Readonly<Record<string, unknown>>;

await main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
});

async function main(words: readonly string[]): Promise<void> {
  const command = readCommand(words);
  const benches = await load<Bench>('bench');
  const studies = await load<Study>('study');
  const all = [...benches, ...studies].toSorted((a, b) => a.name.localeCompare(b.name));
  const list = listOf(all);
  const { name, jsonFile, check } = command;
  if (name === null) {
    console.log(
      `npm run bench -- NAME [--quick] [--json FILE] [--check]\nNAME: one of these, or what several begin with (limit).\n\n${list}`,
    );
    return;
  }
  const chosen = chosenOf(name, all);
  if (chosen.length === 0) throw new Error(`There is no bench ${name}. There are:\n${list}`);
  const results: Result[] = [];
  for (const one of chosen) {
    if (results.length > 0) console.log();
    results.push(
      await ('run' in one ? runStudy(one, command) : runBench(ofCases(one, process.env['CASES']?.split(',')), command)),
    );
  }
  const met = worstOf(results.map((one) => one.met));
  if (jsonFile !== null) {
    const [only, ...more] = results;
    const written = more.length === 0 ? only : { version: 1, name, quick: command.quick, met, parts: results };
    writeFileSync(jsonFile, `${JSON.stringify(written, null, 1)}\n`);
    console.log(`Written: ${jsonFile}`);
  }
  if (check) process.exitCode = exitStatus[met];
}

/** Every folder beside this file that holds a `bench.ts`, or a `study.ts`; each exports one by that name. */
async function load<T>(what: 'bench' | 'study'): Promise<T[]> {
  const files = readdirSync(import.meta.dirname)
    .map((name) => join(import.meta.dirname, name, `${what}.ts`))
    .filter((file) => existsSync(file));
  const modules = await Promise.all(
    files.map((file) => import(pathToFileURL(file).href) as Promise<Record<string, T>>),
  );
  return modules.map((module) => module[what] as T);
}

function listOf(benches: readonly Pick<Bench, 'name' | 'sentence'>[]): string {
  const width = Math.max(...benches.map((bench) => bench.name.length));
  return benches.map((bench) => `  ${bench.name.padEnd(width)}  ${bench.sentence}`).join('\n');
}

/** Those whose names have one of these words; default all. */
function ofCases(bench: Bench, words: readonly string[] | undefined): Bench {
  if (words === undefined) return bench;
  const cases = bench.cases.filter((name) => words.some((word) => name.includes(word)));
  if (cases.length === 0) throw new Error(`No case of ${bench.name} is meant; there are: ${bench.cases.join(' · ')}.`);
  return { ...bench, cases };
}

async function runStudy(study: Study, { quick: isQuick }: Command): Promise<Result> {
  console.log(`${study.name}: ${study.sentence}\n`);
  const { met, result } = await study.run({ quick: isQuick });
  return { version: 1, study: study.name, quick: isQuick, ...result, met };
}

async function runBench(bench: Bench, command: Command): Promise<Result> {
  const pace = (bench.paces ?? usual)[command.quick ? 'quick' : 'full'];
  const { rounds, warmUpMs, measureMs } = pace;
  const setting: Setting = { cores: divideCores(), warmUpMs, measureMs };
  const conditions = conditionsOf(setting.cores, bench.contestants);
  const only = process.env['ONLY']?.split(',') ?? bench.contestants.map(({ name }) => name);
  const there = bench.contestants.filter((contestant) => contestant.name in conditions.versions);
  const present = there.filter(({ name }) => only.includes(name));
  console.log(`${bench.name}: ${bench.sentence}\n\n${conditionsText(conditions)}`);
  for (const contestant of bench.contestants.filter((one) => !there.includes(one))) {
    console.log(`Left out: ${contestant.name} is not there (${contestant.howToGet}).`);
  }
  const field = await bench.open(setting);
  let samples: Sample[];
  try {
    for (const note of field.notes) console.log(note);
    const outings = outingsOf(bench, field, present, rounds);
    console.log(plan(command.quick, pace, bench.runMs, outings.length));
    samples = await runOutings(field, outings, startProgress(outings.length, process.stderr));
  } finally {
    await field.close();
  }
  const rows = rowsOf(bench, samples);
  const met = metOf(rows);
  console.log(`\n${comparisonTable(rows)}\n\n${coresTable(samples)}\n`);
  for (const line of [...failures(present, samples), ...noise(samples), verdict(rows, met)]) console.log(line);
  const { name, sentence } = bench;
  const run = { quick: command.quick, rounds, warmUpMs, measureMs, conditions, notes: field.notes };
  return { version: 1, bench: name, sentence, ...run, met, rows, samples };
}

/** `around`: to start and to end a run, and to rest. */
function plan(
  isQuick: boolean,
  { rounds, warmUpMs, measureMs }: Pace,
  runMs: number | undefined,
  runs: number,
): string {
  const aroundMs = 1000;
  const minutes = Math.ceil((runs * (runMs ?? warmUpMs + measureMs + aroundMs)) / 60_000);
  const spread = isQuick ? ' --quick: too few and too short for a claim; for a claim run it without.' : '';
  return `${rounds} rounds, ${measureMs / 1000} s each, alternating; ${runs} runs: about ${minutes} min.${spread}`;
}

function failures(present: readonly Contestant[], samples: readonly Sample[]): string[] {
  return present.flatMap((contestant) => {
    const failed = samples.filter((sample) => sample.contestant === contestant.name && sample.failed !== null);
    return failed.length === 0
      ? []
      : [`${contestant.name} failed in ${failed.length} runs; the first said: ${failed[0]?.failed}`];
  });
}

function noise(samples: readonly Sample[]): string[] {
  const who = { elsewhere: 'other programs', stolen: 'other guests of the host' };
  return Object.entries(who).flatMap(([key, name]) => {
    const noisy = samples.map((sample) => sample.cores[key] ?? 0).filter((cores) => cores > quietCores);
    if (noisy.length === 0) return [];
    const most = Math.max(...noisy).toFixed(2);
    return [
      `Noisy: ${name} used more than ${quietCores} cores in ${noisy.length} of ${samples.length} runs, at most ${most}.`,
    ];
  });
}

function verdict(rows: readonly Row[], met: Met): string {
  const goals = rows.flatMap((row) => [
    { what: `${row.title}, ${row.case}`, met: row.met },
    ...row.peers.map((peer) => ({ what: `${row.title}, ${row.case}, beside ${peer.name}`, met: peer.met ?? null })),
  ]);
  if (goals.every((goal) => goal.met === null)) return 'No goals.';
  if (met === 'yes') return 'All goals met.';
  const list = goals.filter((goal) => goal.met === met).map((goal) => goal.what);
  return `${met === 'no' ? 'Missed' : 'Cannot be told (the interval holds the goal, or nothing was measured)'}: ${list.join('; ')}.`;
}
