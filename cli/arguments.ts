/**
 * The command line as data. Anything that is not understood is an error that says what is.
 */
import { parseArgs } from 'node:util';
import { parseDuration } from '@palier/base/duration';
import { nearest } from '@palier/base/nearest';
import { cliError } from './errors.ts';
import { type CommandName, commands } from './help.ts';

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

export interface InitArguments {
  readonly command: 'init';
  /** The service's command; none: what the folder tells. */
  readonly words: readonly string[];
  /** Where to write; undefined: palier.config.ts or its like. */
  readonly config: string | undefined;
  /** Whether to start the service once. */
  readonly start: boolean;
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
  /** Whether to keep the cores from falling asleep. */
  readonly awake: boolean;
  /** In the scenario's own model: users, or arrivals a second. */
  readonly maxLevel: number | undefined;
  readonly maxTimeMs: number | undefined;
  readonly repeat: number;
  readonly generators: number | undefined;
  /** Numbers of replicas to find the limit at, in this order; undefined: the system file's. */
  readonly replicas: readonly number[] | undefined;
}

export interface ShardsArguments {
  readonly command: 'shards';
  /** Undefined: REDIS_URL. */
  readonly url: string | undefined;
  readonly add: readonly Place[];
  readonly addReplicas: readonly Place[];
  readonly rebalance: boolean;
  readonly goal: number | undefined;
  readonly dryRun: boolean;
  readonly sampleMs: number | undefined;
  readonly json: string | undefined;
}

interface Place {
  readonly host: string;
  readonly port: number;
}

export type Arguments =
  | { readonly command: 'version' }
  /** Undefined: of all commands. */
  | { readonly command: 'help'; readonly of: CommandName | undefined }
  | { readonly command: 'up' | 'doctor'; readonly config: string | undefined }
  | InitArguments
  | ExportArguments
  | {
      readonly command: 'compare';
      readonly before: string;
      readonly after: string;
      readonly json: string | undefined;
    }
  | (RunOptions & { readonly command: 'prove'; readonly scenarios: readonly string[] })
  | LimitArguments
  | ShardsArguments
  | (RunOptions & {
      readonly command: 'load';
      readonly scenario: string;
      readonly target: string | undefined;
      readonly insecure: boolean;
    });

const options = {
  config: { type: 'string' },
  target: { type: 'string' },
  insecure: { type: 'boolean' },
  'time-scale': { type: 'string' },
  quick: { type: 'boolean' },
  awake: { type: 'boolean' },
  'no-start': { type: 'boolean' },
  'max-level': { type: 'string' },
  'max-time': { type: 'string' },
  repeat: { type: 'string' },
  generators: { type: 'string' },
  replicas: { type: 'string' },
  add: { type: 'string' },
  'add-replicas': { type: 'string' },
  rebalance: { type: 'boolean' },
  goal: { type: 'string' },
  'dry-run': { type: 'boolean' },
  sample: { type: 'string' },
  json: { type: 'string' },
  report: { type: 'string' },
  out: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const;

/** `words`: what stands after `palier`. Throws PALIER_USAGE. */
export function parseArguments(words: readonly string[]): Arguments {
  const { values, positionals } = parse(words);
  if (values.version) return { command: 'version' };
  const [command, ...names] = positionals;
  if (command === undefined) return { command: 'help', of: undefined };
  if (command === 'help') return { command, of: names[0] === undefined ? undefined : commandOf(names[0]) };
  const { options: known } = commands[commandOf(command)];
  if (values.help) return { command: 'help', of: commandOf(command) };
  for (const name of Object.keys(values)) {
    if (!known.some((option) => option === name)) throw noOption(`palier ${command}`, name, known);
  }
  const run = {
    config: values.config,
    timeScale: timeScaleOf(values['time-scale']),
    json: values.json,
    report: values.report,
    generators: generatorsOf(values.generators),
  };
  switch (command) {
    case 'init':
      return { command, words: names, config: values.config, start: values['no-start'] !== true };
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
    case 'shards':
      if (names.length > 1) throw usage(`palier shards got ${names.length} URLs`, 'one, or none for that of REDIS_URL');
      return { command, url: names[0], ...shardsOptions(values) };
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
    const [, unknown] = /^Unknown option '--(\S+?)'/.exec((error as Error).message) ?? [];
    const command = words.find(isCommand);
    if (unknown !== undefined && command !== undefined) {
      throw noOption(`palier ${command}`, unknown, commands[command].options);
    }
    if (unknown !== undefined) throw noOption('palier', unknown, Object.keys(options));
    const [sentence = ''] = (error as Error).message.split('. ');
    throw usage(sentence.replace(/\.$/, ''), 'one of the options that palier COMMAND --help shows');
  }
}

function commandOf(word: string): CommandName {
  if (isCommand(word)) return word;
  const names = Object.keys(commands);
  throw usage(`There is no command ${word}${meant(nearest(word, names))}`, names.join(', '));
}

function isCommand(word: string): word is CommandName {
  return Object.hasOwn(commands, word);
}

function noOption(whose: string, name: string, known: readonly string[]): Error {
  const near = nearest(name, known);
  const hint = meant(near === null ? null : `--${near}`);
  return usage(`${whose} has no option --${name}${hint}`, known.map((option) => `--${option}`).join(', '));
}

function meant(word: string | null): string {
  return word === null ? '' : ` (did you mean ${word}?)`;
}

function limitOptions(values: ReturnType<typeof parse>['values']): LimitOptions {
  const { config, json, report, target, insecure = false, quick = false, awake = false, repeat, replicas } = values;
  const maxTimeMs = values['max-time'] === undefined ? undefined : parseDuration(values['max-time']);
  if (values['max-time'] !== undefined && !(maxTimeMs !== undefined && maxTimeMs > 0)) {
    throw usage(`--max-time is ${values['max-time']}`, 'a duration such as 10min');
  }
  const counts = replicas?.split(',').map((text) => wholeNumber('--replicas', text, 'numbers such as 1,2,3'));
  if (counts !== undefined && target !== undefined) {
    throw usage('--replicas stands beside --target', 'used with a system that palier runs');
  }
  if (counts !== undefined && counts.length > 1 && repeat !== undefined) {
    throw usage('--replicas with several numbers stands beside --repeat', 'one number, or one of the two options');
  }
  return {
    config,
    json,
    report,
    target,
    insecure,
    quick,
    awake,
    maxLevel: values['max-level'] === undefined ? undefined : aboveZero('--max-level', values['max-level']),
    maxTimeMs,
    repeat: repeat === undefined ? 1 : wholeNumber('--repeat', repeat, 'a whole number from 1 to 100'),
    replicas: counts,
    generators: generatorsOf(values.generators),
  };
}

function shardsOptions(values: ReturnType<typeof parse>['values']): Omit<ShardsArguments, 'command' | 'url'> {
  const { rebalance = false, goal, sample, json } = values;
  const add = placesOf('--add', values.add);
  const addReplicas = placesOf('--add-replicas', values['add-replicas']);
  if (addReplicas.length > 0 && add.length === 0) throw usage('--add-replicas stands alone', 'beside --add');
  const dryRun = values['dry-run'] === true;
  const changes = rebalance || add.length > 0;
  if (dryRun && !changes) throw usage('--dry-run stands alone', 'beside --add or --rebalance');
  const times = goal === undefined ? undefined : aboveZero('--goal', goal);
  if (times !== undefined && !(times >= 1.01 && times <= 10)) throw usage(`--goal is ${goal}`, 'from 1.01 to 10');
  const sampleMs = sample === undefined ? undefined : parseDuration(sample);
  if (sample !== undefined && !(sampleMs !== undefined && sampleMs >= 50 && sampleMs <= 60_000)) {
    throw usage(`--sample is ${sample}`, 'a duration from 50ms to 1min');
  }
  return { add, addReplicas, rebalance, goal: times, dryRun, sampleMs, json };
}

function placesOf(option: string, text: string | undefined): readonly Place[] {
  return (text?.split(',') ?? []).map((one) => {
    const [, host, port] = /^(\[[\da-fA-F:]+\]|[^:\s]+):(\d{1,5})$/.exec(one) ?? [];
    const number = Number(port);
    if (host === undefined || number < 1 || number > 65_535)
      throw usage(`${option} is ${text}`, 'HOST:PORT,HOST:PORT…');
    return { host: host.replace(/^\[|\]$/g, ''), port: number };
  });
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
