/** What each command takes, and the pages that --help shows: one table for both. */

export type CommandName = 'init' | 'up' | 'prove' | 'load' | 'limit' | 'compare' | 'export' | 'shards' | 'doctor';
type OptionName = keyof typeof optionTexts;

interface CommandPage {
  /** What stands between `palier` and the options. */
  readonly usage: string;
  readonly does: string;
  readonly options: readonly OptionName[];
  readonly example: string;
  readonly status: string;
}

const couldNotRun = '2 wrong use or a system that could not be run';
const verdicts = `0 pass, 1 fail, ${couldNotRun}, 3 invalid or inconclusive`;

export const commands: Readonly<Record<CommandName, CommandPage>> = {
  init: {
    usage: 'init [COMMAND…]',
    does: 'writes palier.config.ts for the service in this folder, starts it once to see what it answers; overwrites nothing',
    options: ['config', 'no-start'],
    example: "palier init -- ./shop --listen '127.0.0.1:$PORT'",
    status: '0 written and seen to run, 1 written but not seen to run, 2 wrong use or nothing found',
  },
  up: {
    usage: 'up',
    does: 'runs the system of palier.config.ts until Ctrl-C',
    options: ['config'],
    example: 'palier up --config shop/palier.config.ts',
    status: `0 ended by Ctrl-C, ${couldNotRun}`,
  },
  prove: {
    usage: 'prove [SCENARIO…]',
    does: 'runs the system, loads it, judges it; all scenarios if none is named',
    options: ['config', 'time-scale', 'generators', 'json', 'report'],
    example: 'palier prove normal --time-scale 0.1 --json normal.json',
    status: verdicts,
  },
  load: {
    usage: 'load SCENARIO',
    does: 'loads a system that runs already (palier up, or --target) and judges what can be seen from outside',
    options: ['config', 'target', 'insecure', 'time-scale', 'generators', 'json', 'report'],
    example: 'palier load normal --target http://127.0.0.1:8080',
    status: verdicts,
  },
  export: {
    usage: 'export k6|locust [SCENARIO]',
    does: 'the scenario as a script of k6 or Locust; all scenarios if none is named',
    options: ['config', 'out'],
    example: 'palier export k6 normal --out load/normal.js',
    status: '0 written, 2 wrong use',
  },
  limit: {
    usage: 'limit [SCENARIO]',
    does: "finds the highest load that keeps the scenario's limits, and whether the system recovers from more",
    options: [
      'config',
      'target',
      'insecure',
      'quick',
      'awake',
      'max-level',
      'max-time',
      'repeat',
      'replicas',
      'generators',
      'json',
      'report',
    ],
    example: 'palier limit rush --replicas 1,2,3 --max-time 10min --json limit.json',
    status: `0 found, ${couldNotRun}, 3 not found, invalid, or the target did not survive it`,
  },
  compare: {
    usage: 'compare BEFORE AFTER',
    does: 'tells what changed between two runs, or two limits (files that --json wrote), with confidence',
    options: ['json'],
    example: 'palier compare before.json after.json',
    status: '0 nothing got worse, 1 something did, 2 wrong use or no report, 3 not comparable or inconclusive',
  },
  shards: {
    usage: 'shards [URL]',
    does: 'the shards of a Redis Cluster: what each does and its hottest slots; adds some, makes them even while requests run',
    options: ['add', 'add-replicas', 'rebalance', 'goal', 'dry-run', 'sample', 'json'],
    example: 'palier shards redis+cluster://10.0.0.1:6379 --add 10.0.0.5:6379,10.0.0.6:6379 --dry-run',
    status: '0 shown or done, 2 wrong use or a Cluster that is not whole, 130 stopped by Ctrl-C after the slot in hand',
  },
  doctor: {
    usage: 'doctor',
    does: 'tells what on this machine would spoil a measurement',
    options: ['config'],
    example: 'palier doctor',
    status: '0 nothing, 1 something',
  },
};

const optionTexts = {
  config: ['FILE', 'the system file (default: palier.config.ts here)'],
  'no-start': ['', 'writes without starting the service: its routes are guesses then'],
  target: ['URL', "a server that is not palier's, such as http://127.0.0.1:8080"],
  insecure: ['', 'take any certificate of an https target'],
  'time-scale': ['N', 'shortens the holds to this share, such as 0.1; never ramps or think time'],
  awake: ['', 'keeps the cores awake, so that the cost of their waking does not move the limit (Linux)'],
  quick: ['', 'a coarse answer in about two minutes'],
  'max-level': ['N', 'tries no more than so many users, or arrivals a second'],
  'max-time': ['DURATION', 'how long the search may take, such as 10min (default: 3min)'],
  repeat: ['N', 'searches so often, and tells how well the searches agree'],
  replicas: ['1,2,3', 'finds the limit at each of these numbers of replicas'],
  generators: ['N', 'so many generator processes (default: as many as the load needs and cores allow)'],
  add: ['HOST:PORT,…', 'lets these empty nodes in as primaries, and moves slots to them'],
  'add-replicas': ['HOST:PORT,…', 'lets these empty nodes in as replicas of those that are added, in turn'],
  rebalance: ['', 'moves slots until the shards are even by measured load; goes on where it was stopped'],
  goal: ['N', 'the busiest shard may have so many times the mean load (default: 1.1)'],
  'dry-run': ['', 'shows what would be moved, and changes nothing'],
  sample: ['DURATION', 'how long each primary is watched (default: 1s)'],
  json: ['FILE', 'writes the whole result as JSON'],
  out: ['FILE', 'the file, or with a slash at its end the folder (default: SCENARIO.k6.js, SCENARIO_locust.py)'],
  report: ['FILE', 'writes the report as one HTML file (default: report.html or limit.html in .palier/SYSTEM)'],
} as const;

/** One page for each command; without one, the page that tells what commands there are. */
export function helpOf(command: CommandName | undefined): string {
  return command === undefined ? overview() : pageOf(commands[command]);
}

function overview(): string {
  const rows = Object.values(commands).map(({ usage, does }): [string, string] => [`palier ${usage}`, does]);
  return `palier — takes a web service from 100 to 1000+ concurrent users and proves it

${table([...rows, ['palier COMMAND --help', 'its options and an example'], ['palier --version', 'which palier this is']])}

Exit status: ${verdicts}.
`;
}

function pageOf({ usage, does, options, example, status }: CommandPage): string {
  const rows = options.map((name): [string, string] => {
    const [takes, tells] = optionTexts[name];
    return [`--${name} ${takes}`.trimEnd(), tells];
  });
  return `palier ${usage}: ${does}

${table(rows)}

Example: ${example}
Exit status: ${status}.
`;
}

function table(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([first]) => first.length));
  return rows.map(([first, second]) => `  ${first.padEnd(width)}  ${second}`).join('\n');
}
