/**
 * The command line as data. Anything that is not understood is an error that says what is.
 */
import { parseArgs } from 'node:util';
import { parseDuration } from '@palier/base/duration';
import { cliError } from './errors.ts';

export interface RunOptions {
  readonly config: string | undefined;
  readonly timeScale: number;
  readonly json: string | undefined;
  readonly report: string | undefined;
  /** Generator processes; undefined: as many as the load needs. */
  readonly generators: number | undefined;
}

interface ExportArguments {
  readonly command: 'export';
  readonly tool: 'k6' | 'locust';
  /** Undefined: every scenario. */
  readonly scenario: string | undefined;
  readonly config: string | undefined;
  readonly out: string | undefined;
}

export interface LimitArguments extends LimitOptions {
  readonly command: 'limit';
  readonly scenario: string | undefined;
}

interface LimitOptions {
  readonly config: string | undefined;
  readonly json: string | undefined;
  readonly report: string | undefined;
  readonly target: string | undefined;
  readonly insecure: boolean;
  readonly quick: boolean;
  /** In the scenario's own model: users, or arrivals a second. */
  readonly maxLevel: number | undefined;
  readonly maxTimeMs: number | undefined;
  readonly repeat: number;
  readonly generators: number | undefined;
  /** Numbers of replicas to find the limit at, in this order; undefined: the system file's. */
  readonly replicas: readonly number[] | undefined;
}

export type Arguments =
  | { readonly command: 'help' | 'version' }
  | { readonly command: 'up' | 'doctor'; readonly config: string | undefined }
  | ExportArguments
  | {
      readonly command: 'compare';
      readonly before: string;
      readonly after: string;
      readonly json: string | undefined;
    }
  | (RunOptions & { readonly command: 'prove'; readonly scenarios: readonly string[] })
  | LimitArguments
  | (RunOptions & {
      readonly command: 'load';
      readonly scenario: string;
      readonly target: string | undefined;
      readonly insecure: boolean;
    });

export const help = `palier — takes a web service from 100 to 1000+ concurrent users and proves it

  palier up                   runs the system of palier.config.ts until Ctrl-C
  palier prove [SCENARIO…]    runs the system, loads it, judges it; all scenarios if none is named
  palier load SCENARIO        loads a system that runs already (palier up, or --target) and judges what can be seen from outside
  palier export k6|locust [SCENARIO]   the scenario as a script of k6 or Locust; all scenarios if none is named
  palier limit [SCENARIO]     finds the highest load that keeps the scenario's limits, and whether the system recovers from more
  palier compare BEFORE AFTER tells what changed between two runs, or two limits (files that --json wrote), with confidence
  palier doctor               tells what on this machine would spoil a measurement

  --config FILE               the system file (default: palier.config.ts here)
  --target URL                load, limit: a server that is not palier's, such as http://127.0.0.1:8080
  --insecure                  load, limit: take any certificate of an https target
  --time-scale N              shortens the holds to this share, such as 0.1; never ramps or think time
  --quick                     limit: a coarse answer in about two minutes
  --max-level N               limit: tries no more than so many users, or arrivals a second
  --max-time DURATION         limit: how long the search may take, such as 10min (default: 3min)
  --repeat N                  limit: searches so often, and tells how well the searches agree
  --replicas 1,2,3            limit: finds the limit at each of these numbers of replicas
  --generators N              prove, load, limit: so many generator processes (default: as many as the load needs and cores allow)
  --json FILE                 writes the whole result as JSON
  --out FILE, --out FOLDER/   export: the script's file, or where to put the scripts (default: SCENARIO.k6.js, SCENARIO_locust.py)
  --report FILE               writes the report as one HTML file (default: report.html or limit.html in .palier/SYSTEM)
  --help, --version

Exit status: 0 pass or found, 1 fail, 2 wrong use or a system that could not be run, 3 invalid, inconclusive, not found, or the
target did not survive it.
Of compare: 0 nothing got worse, 1 something did, 2 wrong use or no report, 3 not comparable or inconclusive.
`;

const options = {
  config: { type: 'string' },
  target: { type: 'string' },
  insecure: { type: 'boolean' },
  'time-scale': { type: 'string' },
  quick: { type: 'boolean' },
  'max-level': { type: 'string' },
  'max-time': { type: 'string' },
  repeat: { type: 'string' },
  generators: { type: 'string' },
  replicas: { type: 'string' },
  json: { type: 'string' },
  report: { type: 'string' },
  out: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const;

const allowed: Readonly<Record<string, readonly string[]>> = {
  up: ['config'],
  doctor: ['config'],
  export: ['config', 'out'],
  prove: ['config', 'time-scale', 'json', 'report', 'generators'],
  limit: [
    'config',
    'json',
    'report',
    'target',
    'insecure',
    'quick',
    'max-level',
    'max-time',
    'repeat',
    'replicas',
    'generators',
  ],
  load: ['config', 'time-scale', 'json', 'report', 'target', 'insecure', 'generators'],
  compare: ['json'],
};

/** `words`: what stands after `palier`. Throws PALIER_USAGE. */
export function parseArguments(words: readonly string[]): Arguments {
  const { values, positionals } = parse(words);
  if (values.version) return { command: 'version' };
  const [command, ...names] = positionals;
  if (values.help || command === 'help' || command === undefined) return { command: 'help' };
  const known = allowed[command];
  if (known === undefined)
    throw usage(`There is no command ${command}`, 'up, prove, load, limit, compare, export or doctor');
  for (const name of Object.keys(values)) {
    if (!known.includes(name))
      throw usage(`palier ${command} has no option --${name}`, known.map((option) => `--${option}`).join(', '));
  }
  const run = {
    config: values.config,
    timeScale: timeScaleOf(values['time-scale']),
    json: values.json,
    report: values.report,
    generators: generatorsOf(values.generators),
  };
  switch (command) {
    case 'prove':
      return { command, scenarios: names, ...run };
    case 'load':
      if (names.length !== 1) throw usage(`palier load got ${names.length} scenarios`, 'exactly one');
      return {
        command,
        scenario: names[0] as string,
        target: values.target,
        insecure: values.insecure === true,
        ...run,
      };
    case 'export':
      return exportOf(names, values.config, values.out);
    case 'limit':
      if (names.length > 1) throw usage(`palier limit got ${names.length} scenarios`, 'one, or none for the only one');
      return { command, scenario: names[0], ...limitOptions(values) };
    case 'compare':
      if (names.length !== 2) {
        throw usage(`palier compare got ${names.length} files`, 'two that --json wrote: the run before, the run after');
      }
      return { command, before: names[0] as string, after: names[1] as string, json: values.json };
    default:
      if (names.length > 0) throw usage(`palier ${command} got "${names.join(' ')}"`, 'given no names');
      return { command: command as 'up' | 'doctor', config: values.config };
  }
}

function exportOf(
  [tool, scenario, ...more]: readonly string[],
  config: string | undefined,
  out: string | undefined,
): Arguments {
  if (tool !== 'k6' && tool !== 'locust') throw usage(`palier export got ${tool ?? 'no tool'}`, 'k6 or locust');
  if (more.length > 0) throw usage(`palier export got ${more.length + 1} scenarios`, 'one, or none for all of them');
  return { command: 'export', tool, scenario, config, out };
}

function parse(
  words: readonly string[],
): ReturnType<typeof parseArgs<{ options: typeof options; allowPositionals: true }>> {
  try {
    return parseArgs({ args: [...words], options, allowPositionals: true });
  } catch (error) {
    const [sentence = ''] = (error as Error).message.split('. ');
    throw usage(sentence.replace(/\.$/, ''), 'one of the options that palier --help shows');
  }
}

function limitOptions(values: ReturnType<typeof parse>['values']): LimitOptions {
  const { config, json, report, target, insecure = false, quick = false, repeat, replicas } = values;
  const maxTimeMs = values['max-time'] === undefined ? undefined : parseDuration(values['max-time']);
  if (values['max-time'] !== undefined && !(maxTimeMs !== undefined && maxTimeMs > 0)) {
    throw usage(`--max-time is ${values['max-time']}`, 'a duration such as 10min');
  }
  const counts = replicas?.split(',').map((text) => wholeNumber('--replicas', text, 'numbers such as 1,2,3'));
  if (counts !== undefined && target !== undefined) {
    throw usage('--replicas stands beside --target', 'used with a system that palier runs');
  }
  if (counts !== undefined && repeat !== undefined) {
    throw usage('--replicas stands beside --repeat', 'one of the two');
  }
  return {
    config,
    json,
    report,
    target,
    insecure,
    quick,
    maxLevel: values['max-level'] === undefined ? undefined : aboveZero('--max-level', values['max-level']),
    maxTimeMs,
    repeat: repeat === undefined ? 1 : wholeNumber('--repeat', repeat, 'a whole number from 1 to 100'),
    replicas: counts,
    generators: generatorsOf(values.generators),
  };
}

function generatorsOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= 64) return value;
  throw usage(`--generators is ${text}`, 'a whole number from 1 to 64');
}

function wholeNumber(option: string, text: string, expected: string): number {
  const value = Number(text);
  if (!(Number.isInteger(value) && value >= 1 && value <= 100)) throw usage(`${option} is ${text}`, expected);
  return value;
}

function aboveZero(option: string, text: string): number {
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value))) throw usage(`${option} is ${text}`, 'a number above 0');
  return value;
}

function timeScaleOf(text: string | undefined): number {
  if (text === undefined) return 1;
  const value = Number(text);
  if (!(value > 0 && value <= 1)) throw usage(`--time-scale is ${text}`, 'a number above 0, at most 1');
  return value;
}

function usage(problem: string, expected: string): Error {
  return cliError('PALIER_USAGE', { problem, expected });
}
