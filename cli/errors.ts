/**
 * The errors of the command line: wrong use, files that cannot be read or written.
 */
import { type ErrorMaker, errorMaker } from '@palier/base/error';

export const catalogue = {
  PALIER_CONFIG_MISSING: {
    message: 'There is no system file {file}; palier reads what it runs from one.',
    hint: 'Go to the folder of your palier.config.ts or name it with --config FILE.',
    retry: 'never',
  },
  PALIER_CONFIG_UNREADABLE: {
    message:
      '{file} cannot be loaded ({problem}); it should be a module whose default export is what defineSystem returns.',
    hint: 'Mend what the message names. "palier" itself can be imported anywhere; another package must be installed beside the file.',
    retry: 'never',
  },
  PALIER_INIT_EXISTS: {
    message: 'There is already a system file {file}; palier init overwrites nothing.',
    hint: 'Mend that one, or name another with --config FILE.',
    retry: 'never',
  },
  PALIER_INIT_NOTHING: {
    message:
      'Nothing in {folder} tells how its service is started; there should be a Procfile, package.json, application in Python, go.mod, Cargo.toml or Dockerfile.',
    hint: "Say it: palier init COMMAND, such as palier init -- python3 serve.py --port '$PORT'.",
    retry: 'never',
  },
  PALIER_LIMIT_NOTHING: {
    message: 'The scenario {scenario} has no limits; palier limit searches the highest load that keeps some.',
    hint: 'Give the scenario limits, such as p95Ms: 200 and errorPercent: 0.1.',
    retry: 'never',
  },
  PALIER_NOT_UP: {
    message: 'The system {system} is not running here; palier load needs a running system or a target.',
    hint: 'Run "palier up" in another terminal, or give --target URL.',
    retry: 'later',
  },
  PALIER_OUTPUT_UNWRITABLE: {
    message: '{file} cannot be written ({problem}); the result should be stored there.',
    hint: 'Name a file in a folder that exists and that you may write to.',
    retry: 'never',
  },
  PALIER_REPORT_UNREADABLE: {
    message: '{file} cannot be read as a report ({problem}); it should be a file that --json wrote.',
    hint: 'palier prove, load and limit write one with --json FILE.',
    retry: 'never',
  },
  PALIER_REPORTS_UNLIKE: {
    message: '{limit} is of palier limit and {run} of a run; both should be of the same command.',
    hint: 'Compare two runs (palier prove or load), or two results of palier limit.',
    retry: 'never',
  },
  PALIER_SCENARIO_UNKNOWN: {
    message: 'There is no scenario {scenario} in {file}; there are: {known}.',
    hint: 'Name one of these, or add it to the scenarios of the file.',
    retry: 'never',
  },
  PALIER_SCENARIO_WEBSOCKET: {
    message:
      'The scenario {scenario} opens WebSockets ({where}), which the balancer that palier runs does not pass on; it should be played against an address that takes them.',
    hint: 'Start the service yourself and play: palier load {scenario} --target http://127.0.0.1:PORT (palier limit has --target, too).',
    retry: 'never',
  },
  PALIER_TARGET_INVALID: {
    message: '--target is {target}; it should be an http:// address such as http://127.0.0.1:8080.',
    hint: 'Give scheme, host and port; a path is put before every path of the scenario.',
    retry: 'never',
  },
  PALIER_UNCAUGHT: {
    message:
      'An error was thrown that nothing caught ({problem}); palier stopped what it ran, and there is no verdict.',
    hint: 'If the lines name your system file or what it imports, mend it there: it threw after it was loaded. Else it is a defect of palier; please report it with these lines.',
    retry: 'never',
  },
  PALIER_USAGE: {
    message: '{problem}; it should be {expected}.',
    hint: 'palier --help shows the commands, palier COMMAND --help the options of one.',
    retry: 'never',
  },
} as const;

export type CliErrorCode = keyof typeof catalogue;

export const cliError: ErrorMaker<typeof catalogue> = errorMaker(catalogue);
