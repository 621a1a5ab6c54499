/** The application of `apps/releases` as one process, and a system file beside it with its tasks and a short scenario. It counts by itself. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TemporaryFolder } from '@palier/testkit/folder';
import { startProcess } from '@palier/testkit/processes';

const application: string = fileURLToPath(new URL('../../apps/releases/', import.meta.url));

export interface Releases extends AsyncDisposable {
  readonly url: string;
  /** Requests answered so far, by route and status: `GET /api/rules 200`. */
  answered(): Promise<Readonly<Record<string, number>>>;
}

/** Seeds a database in the folder and starts the application on it. */
export async function startReleases(folder: TemporaryFolder): Promise<Releases> {
  const dataFolder = folder.file('.palier/releases/data');
  await mkdir(dataFolder, { recursive: true });
  const env = {
    PORT: '0',
    DATA_DIR: dataFolder,
    JWT_SECRET: 'a secret for tests of 32 characters',
  };
  for (const command of ['seed.ts', 'book/main.ts']) {
    const { code } = await (await startProcess({ command: [command], cwd: application, env })).ended;
    if (code !== 0) throw new Error(`${command} ended with ${code}`);
  }
  const server = await startProcess({ command: ['main.ts'], cwd: application, env, ready: /"url":"([^"]+)"/ });
  const url = server.ready[1] as string;
  return {
    url,
    async answered() {
      const page = await (await fetch(`${url}/metrics`)).text();
      const lines = page.matchAll(/^http_requests_total\{route="([^"]+)",status="(\d+)"\} (\d+)$/gm);
      return Object.fromEntries([...lines].map(([, route, status, count]) => [`${route} ${status}`, Number(count)]));
    },
    async [Symbol.asyncDispose]() {
      await server.stop();
    },
  };
}

/** Writes `palier.config.ts`: its scenario `normal` with these changes, called `short`. */
export async function writeReleasesSystem(
  folder: TemporaryFolder,
  change: Readonly<Record<string, unknown>>,
): Promise<void> {
  const config = `import releases from ${JSON.stringify(join(application, 'palier.config.ts'))};
const { normal } = releases.scenarios;
export default { ...releases, scenarios: { short: { ...normal, ...${JSON.stringify(change)} } } };
`;
  await writeFile(folder.file('palier.config.ts'), config);
}
