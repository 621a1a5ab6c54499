/**
 * `npm run ok` (argument `ok`: what needs no server, under a minute), `npm run pack:check` (`published`: what strangers get) and `npm test`
 * (the whole). Each part says what it proves, how long it took and how it ended; the last line is `N passed, N failed, N skipped`. Exit
 * status 1 when anything failed.
 */
import { availableParallelism } from 'node:os';
import { type Outcome, type Part, programPart } from './part.ts';
import { publintPart } from './published.ts';
import { strangerPart } from './stranger.ts';
import { summaryOf } from './summary.ts';
import { vitestPart } from './vitest.ts';

const ok: readonly Part[] = [
  // The longest first: others wait for it.
  programPart('types', 'the types agree (tsc)', ['npm', 'run', '--silent', 'types']),
  programPart('format', 'every file is formatted (biome; mended by npm run format)', ['biome', 'format', '.']),
  programPart('lint', 'no construct that is known to go wrong (oxlint)', ['oxlint', '--deny-warnings', '.']),
  programPart('knip', 'nothing unused, nothing unlisted (knip)', ['knip', '--no-config-hints']),
  programPart('tidy', 'the walls and limits of the design hold', ['node', 'tools/tidy/main.ts']),
  programPart(
    'docs',
    'the documents are true: examples, links, errors, rooms',
    ['node', 'tools/docs/main.ts', '--check'],
    ['types'],
  ),
  vitestPart('unit', 'what needs no server', 'dot'),
];
/** What strangers get. */
const published: readonly Part[] = [
  programPart('build', 'the published form can be built (tsc -b)', ['tsc', '-b', 'tsconfig.build.json']),
  publintPart,
  strangerPart,
];
const rest: readonly Part[] = [
  ...published,
  vitestPart('service', 'real processes and servers', 'default'),
  vitestPart('alone', 'what is measured with real processes', 'default'),
];

/** What prints as it goes runs alone, on all cores by itself; of the others so many run at once. */
const atOnce = Math.min(2, availableParallelism());

const chosen: Readonly<Record<string, readonly Part[]>> = { ok, published };
const parts = chosen[process.argv[2] ?? ''] ?? [...ok, ...rest];
const started = performance.now();
const outcomes: Outcome[] = [];
const unsound = new Set<string>();
const running = new Map<string, Promise<void>>();

for (const part of parts) {
  while (running.size >= (part.live === true ? 1 : atOnce)) await Promise.race(running.values());
  await Promise.all((part.after ?? []).map((name) => running.get(name)));
  const ended = runPart(part).then((outcome) => {
    outcomes.push(outcome);
    if (outcome.failed > 0) unsound.add(part.name);
    running.delete(part.name);
  });
  running.set(part.name, ended);
  if (part.live === true) await ended;
}
await Promise.all(running.values());

const summary = summaryOf(outcomes);
if (summary !== '') console.log(`\n${summary}`);
console.log(`\n${seconds(started)} s${unsound.size > 0 ? `; not sound: ${[...unsound].join(', ')}` : ''}`);
const sum = (count: (outcome: Outcome) => number): number =>
  outcomes.reduce((total, outcome) => total + count(outcome), 0);
const failed = sum((outcome) => outcome.failed);
const skipped = sum((outcome) => outcome.leftOut.length);
console.log(`${sum(({ passed }) => passed)} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = failed === 0 ? 0 : 1;

async function runPart(part: Part): Promise<Outcome> {
  const missing = part.after?.find((name) => unsound.has(name));
  const title = `${part.name.padEnd(9)}${part.proves} …`;
  if (missing !== undefined) {
    console.log(`${title} left out: ${missing} failed`);
    const leftOut = [`${part.name} (${missing} failed)`];
    return { passed: 0, failed: 0, failures: [], leftOut, retried: [], output: '' };
  }
  if (part.live === true) console.log(title);
  const begun = performance.now();
  const outcome = await part.run();
  const result = `${outcome.failed > 0 ? 'FAILED' : 'ok'} (${seconds(begun)} s)`;
  console.log(part.live === true ? `${part.name.padEnd(9)}${result}` : `${title} ${result}`);
  if (outcome.failed > 0 && outcome.output !== '') console.log(outcome.output.trimEnd().replaceAll(/^/gm, '  '));
  return outcome;
}

function seconds(since: number): string {
  return ((performance.now() - since) / 1000).toFixed(1);
}
