/**
 * `npm run init:strangers`: `palier init` on three services that nobody here wrote, fetched from where they are published and set up as their
 * own pages say; then `palier prove` by what it wrote, without a word changed. A word chooses: `npm run init:strangers -- Python`. Needs the network; what a missing program leaves out is told.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunReport } from '@palier/protocol';
import { root } from '../tidy/disk.ts';

interface Stranger {
  readonly name: string;
  /** The programs that it cannot be had without. */
  readonly programs: readonly string[];
  /** Lines for the shell, each in the folder `in`, below an empty one. */
  readonly setUp: readonly string[];
  readonly folder: string;
}

const strangers: readonly Stranger[] = [
  {
    name: 'Express, as its generator makes it (Node)',
    programs: ['npm'],
    setUp: [
      'npx --yes express-generator@4.16.1 --no-view shop',
      'cd shop && npm install --no-audit --no-fund --loglevel=error',
    ],
    folder: 'shop',
  },
  {
    name: "Flaskr, the tutorial's application in Flask's own archive (Python, SQLite)",
    programs: ['python3', 'tar'],
    setUp: [
      'python3 -m venv made && made/bin/pip install --quiet flask==3.1.0',
      'made/bin/pip download --quiet --no-deps --no-binary :all: flask==3.1.0 && tar xzf flask-3.1.0.tar.gz',
      'mv flask-3.1.0/examples/tutorial flaskr && cp -r made flaskr/.venv && cd flaskr && ../made/bin/flask --app flaskr init-db',
    ],
    folder: 'flaskr',
  },
  {
    name: 'go-httpbin (Go)',
    programs: ['go'],
    setUp: [
      'cp -r "$(go mod download -json github.com/mccutchen/go-httpbin/v2@v2.15.0 | sed -n \'s/.*"Dir": "\\(.*\\)".*/\\1/p\')" httpbin && chmod -R u+w httpbin',
    ],
    folder: 'httpbin',
  },
];

const palier = join(root, 'node_modules', '.bin', 'palier');
/** Downloads, a build, a minute of load. */
const longestMs = 10 * 60_000;

const rows = [];
const wanted = process.argv[2] ?? '';
for (const stranger of strangers.filter(({ name }) => name.includes(wanted))) rows.push(await tried(stranger));
console.log(`\n${rows.join('\n')}`);
process.exitCode = rows.some((row) => row.startsWith('✘')) ? 1 : 0;

async function tried({ name, programs, setUp, folder }: Stranger): Promise<string> {
  const missing = await lacking(programs);
  if (missing.length > 0) return `– ${name}: left out, there is no ${missing.join(', ')}`;
  const place = mkdtempSync(join(tmpdir(), 'palier-init-'));
  try {
    console.log(`\n== ${name}`);
    for (const line of setUp) {
      const { status, output } = await run(['sh', '-c', line], place);
      if (status !== 0)
        return `– ${name}: left out, could not be fetched or set up: ${output.trim().split('\n').at(-1)}`;
    }
    const service = join(place, folder);
    const written = await run([process.execPath, palier, 'init'], service);
    console.log(written.output.trimEnd());
    if (written.status !== 0) return `✘ ${name}: palier init ended with ${written.status}`;
    const proved = await run(
      [process.execPath, palier, 'prove', 'first', '--time-scale', '0.5', '--json', 'run.json'],
      service,
    );
    const report = verdictOf(join(service, 'run.json'));
    if (report === null) return `✘ ${name}: palier prove ended with ${proved.status}\n${proved.output}`;
    // 3 says that this machine could not tell, not that the file is wrong.
    const mark = proved.status === 0 || proved.status === 3 ? '✔' : '✘';
    return `${mark} ${name}: nothing edited; ${report}`;
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

/** The verdict with the requests, errors and p95 it stands on; null where there is none. */
function verdictOf(file: string): string | null {
  try {
    const report = JSON.parse(readFileSync(file, 'utf8')) as RunReport;
    const [scenario] = report.scenarios;
    if (scenario === undefined) return null;
    const { requests, errors, responseMs } = scenario.overall;
    const failed = Object.values(errors).reduce((sum, count) => sum + count, 0);
    return `${report.verdict}, ${requests} requests, ${failed} errors, p95 ${responseMs.p95.toFixed(1)} ms`;
  } catch {
    return null;
  }
}

async function lacking(programs: readonly string[]): Promise<string[]> {
  const found = await Promise.all(programs.map((program) => run(['sh', '-c', `command -v ${program}`], tmpdir())));
  return programs.filter((_, index) => found[index]?.status !== 0);
}

/** As in a shell of the user's: without npm's options for this repository. */
function run(command: readonly string[], cwd: string): Promise<{ readonly status: number; readonly output: string }> {
  const { NODE_OPTIONS: _, npm_config_node_options: __, ...env } = process.env;
  return new Promise((resolve) => {
    const child = spawn(command[0] as string, command.slice(1), {
      cwd,
      env: { ...env, NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: longestMs,
    });
    let output = '';
    child.stdout.on('data', (data: Buffer) => (output += data.toString()));
    child.stderr.on('data', (data: Buffer) => (output += data.toString()));
    child.once('error', (error) => resolve({ status: 1, output: error.message }));
    child.once('close', (status) => resolve({ status: status ?? 1, output }));
  });
}
