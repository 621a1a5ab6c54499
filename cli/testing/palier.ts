/**
 * For the tests of the command: a system file in a folder of its own, and `palier` run on it as a user would.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseRunReport, type RunReport } from '@palier/protocol';
import type { TemporaryFolder } from '@palier/testkit/folder';
import { descendantsOf, snapshot, startProcess, type TestProcess } from '@palier/testkit/processes';

/** What `npx palier` runs. */
export const palierBin: string = fileURLToPath(new URL('../bin/palier.mjs', import.meta.url));

/** A service that answers at once; `/slow` after 700 ms, `/broken` with 500. It ends on SIGTERM. */
const plainServer = `
import { createServer } from 'node:http';
const server = createServer((request, response) => {
  const answer = (status) => response.writeHead(status, { 'content-type': 'application/json' }).end('{"ok":true}');
  request.resume().on('end', () => {
    if (request.url === '/slow') setTimeout(answer, 700, 200);
    else answer(request.url === '/broken' ? 500 : 200);
  });
});
server.listen(Number(process.env.PORT), '127.0.0.1');
process.on('SIGTERM', () => server.close(() => process.exit()));
`;

/** Forty users for some seconds, one request each tenth of a second: enough to judge an error rate below 1 %. */
const shortScenario: Readonly<Record<string, unknown>> = {
  stages: [{ rampTo: 40, perSecond: 40 }, { hold: '12s' }, { rampTo: 0, within: '1s' }],
  warmUp: '1s',
  thinkTime: ['50ms', '150ms'],
  tasks: { look: { weight: 100, steps: [{ request: 'GET /' }] } },
  limits: { p95Ms: 500, p99Ms: 1000, errorPercent: 1 },
};

export interface SystemParts {
  readonly service?: Readonly<Record<string, unknown>>;
  readonly scenario?: Readonly<Record<string, unknown>>;
}

/** Writes `server.mjs` and `palier.config.json` with one service `api` and one scenario `short`. */
export async function writeSystem(folder: TemporaryFolder, { service, scenario }: SystemParts = {}): Promise<void> {
  await writeFile(folder.file('server.mjs'), plainServer);
  const file = {
    name: 'sample',
    services: { api: { command: ['node', 'server.mjs'], replicas: 2, health: '/', ...service } },
    scenarios: { short: { ...shortScenario, ...scenario } },
  };
  await writeFile(folder.file('palier.config.json'), JSON.stringify(file));
}

/** Starts `palier` with these words in the folder. */
export function startPalier(folder: TemporaryFolder, ...words: readonly string[]): Promise<TestProcess> {
  return startProcess({
    command: [process.execPath, palierBin, ...words],
    cwd: folder.path,
    env: { NO_COLOR: '1' },
    stopWithinMs: 20_000,
  });
}

export interface Outcome {
  readonly status: number | null;
  readonly text: string;
}

/** Runs `palier` to its end. */
export async function runPalier(folder: TemporaryFolder, ...words: readonly string[]): Promise<Outcome> {
  await using palier = await startPalier(folder, ...words);
  const { code } = await palier.ended;
  return { status: code, text: palier.lines.join('\n') };
}

/** What `--json out.json` wrote. */
export async function reportIn(folder: TemporaryFolder): Promise<RunReport> {
  const file = folder.file('out.json');
  return parseRunReport(JSON.parse(await readFile(file, 'utf8')), file);
}

/** The processes below palier whose command line contains `part`. */
export function below(palier: TestProcess, part: string): number[] {
  return descendantsOf(palier.pid, snapshot().processes)
    .filter(({ commandLine }) => commandLine.includes(part))
    .map(({ pid }) => pid);
}
