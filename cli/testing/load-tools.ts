/** For the tests of the exported scripts: the tools themselves, and what they counted. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import type { TemporaryFolder } from '@palier/testkit/folder';
import { needs, type Program } from '@palier/testkit/program';

export const k6: Program = needs('k6', { go: 'go.k6.io/k6@latest' });
export const locust: Program = needs('locust', { debian: 'python3-locust' });

export interface Ended {
  /** -1: it was ended, after a minute. */
  readonly status: number;
  readonly text: string;
}

/** Requests by the tool's own name for the route. */
export type Counts = Readonly<Record<string, number>>;

export async function runTool(
  { path }: Program,
  folder: TemporaryFolder,
  words: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const { NODE_OPTIONS: _, ...env } = process.env;
  const child = spawn(path as string, words, { cwd: folder.path, env: { ...env, ...more }, timeout: 60_000 });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const [status] = (await once(child, 'close')) as [number | null];
  return { status: status ?? -1, text };
}

/** Of what `--out csv=FILE` wrote. */
export async function k6Counts(file: string): Promise<Counts> {
  const [head = '', ...lines] = (await readFile(file, 'utf8')).split('\n');
  const column = head.split(',').indexOf('name');
  const names = lines.filter((line) => line.startsWith('http_reqs,')).map((line) => line.split(',')[column] as string);
  const groups = [...Map.groupBy(names, (name) => name)];
  return Object.fromEntries(groups.map(([name, list]) => [name, list.length]));
}

/** Of what `--csv NAME` wrote as `NAME_stats.csv`. */
export async function locustCounts(file: string): Promise<Counts> {
  const lines = (await readFile(file, 'utf8')).trim().split(/\r?\n/);
  const rows = lines.map((line) => line.split(',')).filter(([method]) => method === 'GET' || method === 'POST');
  return Object.fromEntries(rows.map(([, name = '', count]) => [name, Number(count)]));
}

/**
 * What a Locust needs in its environment so that its master takes its workers. Debian's package of 2.12.1 has an empty version, which its
 * own master takes for one before 2.0.
 */
export async function locustWorkersEnv(folder: TemporaryFolder): Promise<Record<string, string>> {
  const { text } = await runTool(locust, folder, ['--version']);
  if (/\d/.test(text)) return {};
  await mkdir(folder.file('site'), { recursive: true });
  const mended = 'import locust.runners\n\nlocust.runners.__version__ = "2.12.1"\n';
  await writeFile(folder.file('site/sitecustomize.py'), mended);
  return { PYTHONPATH: folder.file('site') };
}
