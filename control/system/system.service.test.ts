import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { type TemporaryFolder, temporaryFolder } from '@palier/testkit/folder';
import { isRunning, type Message, nodeServer, startTeller, type Teller } from '@palier/testkit/processes';
import { until } from '@palier/testkit/until';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const api = { command: nodeServer(), health: '/health', stopTimeout: '3s' };
const worker = { command: ['sh', '-c', 'sleep 600 & wait'], http: false, stopTimeout: '3s' };
const shop = { name: 'shop', services: { api: { ...api, replicas: 3 }, worker } };
let folder: TemporaryFolder;

beforeEach(async () => {
  folder = await temporaryFolder('system');
});
afterEach(() => folder[Symbol.asyncDispose]());

describe('a running system', () => {
  it('answers through its balancer from the first moment, samples each second, and stops without a trace', async () => {
    await using palier = await startSystem(folder.path, shop);
    const { urls, conditions } = await palier.said('started');
    expect(await statusOf(`${urls.api}/x`)).toBe(200);
    expect(conditions.allotments).toHaveLength(2);
    expect(runFile()).toMatchObject({ system: 'shop', urls, palier: { pid: palier.process.pid } });
    const { sample } = await palier.said('sample', (one) => requestsIn(one) === 1);
    expect(sample.replicas.map((one: Message) => [one['replica'], one['state']])).toEqual([
      ['api-1', 'healthy'],
      ['api-2', 'healthy'],
      ['api-3', 'healthy'],
      ['worker-1', 'healthy'],
    ]);
    process.kill(-palier.process.pid, 'SIGINT');
    expect(await palier.leftAtEnd()).toEqual([]);
    expect(await palier.process.ended).toEqual({ code: 0, signal: null });
    expect(existsSync(folder.file('.palier', 'shop', 'run.json'))).toBe(false);
    expect(existsSync(folder.file('.palier', 'shop', 'data'))).toBe(true);
  });

  it('replaces a killed replica under load, and loses at most what that one had in hand', async () => {
    await using palier = await startSystem(folder.path, { name: 'shop', services: { api: { ...api, replicas: 3 } } });
    const { urls, replicas } = await palier.said('started');
    const load = await startLoad(urls.api, 8);
    await until('load', () => load.answered > 100);
    process.kill(replicas[1].pid, 'SIGKILL');
    const at = load.answered;
    await palier.said('event', ({ event }) => event.replica === 'api-2.2' && event.kind === 'replica-healthy');
    await until('more load', () => load.answered > at + 200);
    await load.stop();
    expect(load.failed).toBeLessThanOrEqual(8);
    expect(new Set(load.bad)).toEqual(new Set(load.bad.filter((status) => status === 502)));
    expect(palier.all('event').filter(({ event }) => event.kind === 'replica-crashed')).toHaveLength(1);
  });

  it('answers what is in hand before it stops', async () => {
    const slow = nodeServer(`server.removeAllListeners('request').on('request', (request, response) => {
      if (request.url !== '/slow') return response.end('ok');
      console.log('in hand');
      setTimeout(() => response.end('late'), 500);
    });
    listen();`);
    await using palier = await startSystem(folder.path, { name: 'shop', services: { api: { ...api, command: slow } } });
    const { urls } = await palier.said('started');
    const answer = statusOf(`${urls.api}/slow`);
    await palier.said('output', ({ lines }) => lines.includes('in hand'));
    process.kill(palier.process.pid, 'SIGINT');
    expect(await answer).toBe(200);
    expect(await palier.leftAtEnd()).toEqual([]);
  });

  it('gets its balancer back on the same ports when that dies', async () => {
    await using palier = await startSystem(folder.path, shop);
    const { urls } = await palier.said('started');
    const pid = Number(/process (\d+): \S*node\S* \S* ?\S*balancer/.exec(palier.left().join('\n'))?.[1]);
    process.kill(pid, 'SIGKILL');
    await palier.said('event', ({ event }) => event.message.includes('runs again on the same ports'));
    expect(await until('an answer', async () => (await statusOf(urls.api)) === 200)).toBe(true);
  });
});

describe('nothing is left behind', () => {
  it('after a SIGKILL of palier', async () => {
    await using palier = await startSystem(folder.path, shop);
    await palier.said('started');
    process.kill(palier.process.pid, 'SIGKILL');
    expect(await palier.leftAtEnd()).toEqual([]);
    await until('no run file', () => !existsSync(folder.file('.palier', 'shop', 'run.json')));
  });

  it("after a SIGKILL of palier's parent", async () => {
    await using palier = await startSystem(folder.path, shop, { wrap: ['sh', '-c', '"$@" & wait', 'parent'] });
    await palier.said('started');
    process.kill(palier.process.pid, 'SIGKILL');
    expect(await palier.leftAtEnd()).toEqual([]);
  });

  it('after a SIGKILL of palier and keeper together, once the next one starts; and it says so', async () => {
    await using first = await startSystem(folder.path, shop);
    await first.said('started');
    const { keeper, palier } = runFile();
    process.kill(keeper.pid, 'SIGSTOP');
    process.kill(palier.pid, 'SIGKILL');
    process.kill(keeper.pid, 'SIGKILL');
    await until('their ends', () => !isRunning(keeper.pid) && !isRunning(palier.pid));
    expect(first.left().length).toBeGreaterThan(4);
    await using second = await startSystem(folder.path, shop);
    const { event } = await second.said('event', (message) => message['event'].message.includes('earlier run'));
    expect(event.message).toMatch(
      /^An earlier run of shop had been killed and had left \d+ processes; \d+ were ended\.$/,
    );
    expect(first.left()).toEqual([]);
    await second.said('started');
  });

  it('after Ctrl-C during a start that takes long', async () => {
    const never = { ...api, command: nodeServer('setTimeout(() => {}, 1e9)') };
    await using palier = await startSystem(folder.path, { name: 'shop', services: { api, never } });
    await palier.said('event', ({ event }) => event.replica === 'never-1');
    process.kill(palier.process.pid, 'SIGINT');
    expect((await palier.said('failed'))['code']).toBe('PALIER_START_STOPPED');
    expect(await palier.leftAtEnd()).toEqual([]);
  });

  it('after a SIGKILL of the keeper: palier says so and stops', async () => {
    await using palier = await startSystem(folder.path, shop);
    await palier.said('started');
    process.kill(runFile().keeper.pid, 'SIGKILL');
    expect((await palier.said('lost'))['message']).toContain('The keeper process ended (SIGKILL)');
    expect(await palier.leftAtEnd()).toEqual([]);
    expect(existsSync(folder.file('.palier', 'shop', 'run.json'))).toBe(false);
  });
});

describe('a start that cannot succeed', () => {
  it('because another palier runs the system: names it, and leaves that one alone', async () => {
    await using first = await startSystem(folder.path, shop);
    const { urls } = await first.said('started');
    await using second = await startSystem(folder.path, shop);
    const failed = await second.said('failed');
    expect(failed['code']).toBe('PALIER_SYSTEM_RUNNING');
    expect(failed['message']).toContain(`(pid ${first.process.pid})`);
    expect(await second.leftAtEnd()).toEqual([]);
    expect(await statusOf(urls.api)).toBe(200);
  });

  it('because its port is taken: names who holds it', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    await using palier = await startSystem(folder.path, { name: 'shop', services: { api: { ...api, listen: port } } });
    const failed = await palier.said('failed');
    server.close();
    expect(failed['code']).toBe('PALIER_LISTEN_TAKEN');
    expect(failed['message']).toContain(`The port ${port} of api is taken by process ${process.pid} (`);
    expect(await palier.leftAtEnd()).toEqual([]);
  });

  it('because nothing can be written beside the config file: names the folder', async () => {
    writeFileSync(folder.file('.palier'), 'a file in the way');
    await using palier = await startSystem(folder.path, shop);
    const failed = await palier.said('failed');
    expect(failed['code']).toBe('PALIER_STATE_FOLDER');
    expect(failed['message']).toContain(folder.file('.palier', 'shop'));
    expect(await palier.leftAtEnd()).toEqual([]);
  });

  it('because a replica crashes: ends the others', async () => {
    const bad = { command: 'echo out of luck; exit 9' };
    await using palier = await startSystem(folder.path, { name: 'shop', services: { api, bad } });
    expect((await palier.said('failed'))['message']).toContain('bad-1 ended while it started, with exit code 9');
    expect(await palier.leftAtEnd()).toEqual([]);
  });
});

function runFile(): Message {
  return JSON.parse(readFileSync(folder.file('.palier', 'shop', 'run.json'), 'utf8')) as Message;
}

function requestsIn({ sample }: Message): number {
  const routes = (sample.services as Message[]).flatMap((service) => service['routes'] as Message[]);
  return routes.reduce((sum, route) => sum + Number(route['requests']), 0);
}

function statusOf(url: string, agent: Agent | false = false): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { agent }, (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode ?? 0));
      response.once('error', reject);
    });
    asked.once('error', reject);
    asked.end();
  });
}

interface Load {
  answered: number;
  failed: number;
  bad: number[];
  stop(): Promise<void>;
}

/** So many users who ask without a pause. */
async function startLoad(url: string, users: number): Promise<Load> {
  const agent = new Agent({ keepAlive: true, maxSockets: users });
  const stopping = new AbortController();
  const load: Load = {
    answered: 0,
    failed: 0,
    bad: [],
    async stop() {
      stopping.abort();
      await all;
      agent.destroy();
    },
  };
  const one = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const status = await statusOf(url, agent).catch(() => 0);
      if (status === 200) load.answered++;
      else {
        load.failed++;
        load.bad.push(status);
      }
    }
  };
  const all = Promise.all(Array.from({ length: users }, one));
  return load;
}

/** Starts the small `palier up` of testing/up.ts; `inFolder`: of its config file. */
function startSystem(inFolder: string, exported: object, options: { wrap?: readonly string[] } = {}): Promise<Teller> {
  const up = fileURLToPath(new URL('./testing/up.ts', import.meta.url));
  return startTeller(up, JSON.stringify({ file: `${inFolder}/palier.config.ts`, exported }), options);
}
