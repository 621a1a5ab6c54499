import { existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '@palier/testkit/folder';
import { isRunning, type Message, nodeServer, startTeller, type Teller } from '@palier/testkit/processes';
import { until } from '@palier/testkit/until';
import { describe, expect, it } from 'vitest';
import { openCgroups } from './cgroup/index.ts';

const api = { name: 'api', command: nodeServer() };
const python = { name: 'py', command: ['python3', '-c', pythonServer()] };
const shell = { name: 'sh', command: ['sh', '-c', `${quoted(nodeServer())} & wait`] };

function replica(message: Message, id: string): Message {
  return (message['replicas'] as Message[]).find((one) => one['id'] === id) ?? {};
}

describe.each([
  ['where control groups are permitted', {}],
  ['without control groups', { cgroups: false }],
])('%s, nothing is left behind', (_, how) => {
  it('after Ctrl-C to the whole group: everything drains, the last service first', async () => {
    await using palier = await startPalier([api, python, shell], how);
    await palier.said('started');
    expect(palier.left().length).toBeGreaterThan(7);
    process.kill(-palier.process.pid, 'SIGINT');
    expect(await palier.process.ended).toEqual({ code: 0, signal: null });
    expect(await palier.leftAtEnd()).toEqual([]);
    const stopped = events(palier, 'replica-stopped').map((event) => event['replica']);
    expect(stopped).toEqual(['sh-1', 'py-1', 'api-1']);
  });

  it('after a second Ctrl-C: what would take its time is killed at once', async () => {
    const slow = { ...api, command: nodeServer("process.on('SIGTERM', () => {}); listen();"), stopTimeoutMs: 600_000 };
    await using palier = await startPalier([slow], how);
    await palier.said('started');
    process.kill(palier.process.pid, 'SIGINT');
    await palier.said('event', (message) => message['event'].kind === 'replica-draining');
    process.kill(palier.process.pid, 'SIGINT');
    expect(await palier.leftAtEnd()).toEqual([]);
  });

  it('after a start that fails, with other replicas already up', async () => {
    await using palier = await startPalier(
      [api, { name: 'bad', command: ['sh', '-c', 'sleep 600 & echo no luck; exit 3'] }],
      how,
    );
    const failed = await palier.said('failed');
    expect(failed['code']).toBe('PALIER_START_CRASHED');
    expect(failed['message']).toContain('bad-1 ended while it started, with exit code 3');
    expect(failed['message']).toContain('| no luck');
    expect(await palier.leftAtEnd()).toEqual([]);
  });

  it('after a SIGKILL of palier', async () => {
    await using palier = await startPalier([api, python, shell], how);
    await palier.said('started');
    process.kill(palier.process.pid, 'SIGKILL');
    expect(await palier.leftAtEnd()).toEqual([]);
  });

  it('after a SIGKILL of palier, of what ignores SIGTERM and of what left its session', async () => {
    const stray = `require('node:child_process').spawn('sleep', ['600'], {detached: true, stdio: 'ignore'}).unref();`;
    const command = nodeServer(`process.on('SIGTERM', () => {}); ${stray} listen();`);
    await using palier = await startPalier([{ name: 'api', command }], how);
    await palier.said('started');
    expect(palier.left().some((line) => line.includes('sleep 600'))).toBe(true);
    process.kill(palier.process.pid, 'SIGKILL');
    expect(await palier.leftAtEnd()).toEqual([]);
  });

  it('after a SIGKILL of the keeper: palier ends what it kept, and says so', async () => {
    await using palier = await startPalier([api, shell], how);
    await palier.said('started');
    process.kill((await palier.said('keeper'))['pid'], 'SIGKILL');
    expect((await palier.said('lost'))['message']).toContain('The keeper process ended (SIGKILL)');
    expect(await palier.leftAtEnd()).toEqual([]);
  });

  it('after a replica that ignores SIGTERM has been given its stop timeout', async () => {
    const command = nodeServer("process.on('SIGTERM', () => console.log('no')); listen();");
    await using palier = await startPalier([{ name: 'api', command, stopTimeoutMs: 300 }], how);
    await palier.said('started');
    process.kill(palier.process.pid, 'SIGINT');
    expect(await palier.leftAtEnd()).toEqual([]);
    const messages = events(palier, 'note').map((event) => event['message']);
    expect(messages).toContain('api-1 did not end within 0.3 s after SIGTERM and is killed.');
  });

  it('when a replica crashes whose grandchild left its session', async () => {
    const command = nodeServer(
      `require('node:child_process').spawn('sleep', ['601'], {detached: true, stdio: 'ignore'}).unref(); listen();`,
    );
    await using palier = await startPalier([{ name: 'api', command }], how);
    const started = await palier.said('started');
    process.kill(replica(started, 'api-1')['pid'], 'SIGKILL');
    await palier.said('replicas', (message) => replica(message, 'api-1.2')['state'] === 'healthy');
    await until('one sleep', () => palier.left().filter((line) => line.includes('sleep 601')).length === 1);
    process.kill(palier.process.pid, 'SIGINT');
    expect(await palier.leftAtEnd()).toEqual([]);
  });
});

describe('a replica that crashes', () => {
  it('is started again under a new id, with the reason and its last lines', async () => {
    await using palier = await startPalier([{ ...api, replicas: { min: 3, max: 3 } }]);
    const started = await palier.said('started');
    const ports = (started['replicas'] as Message[]).map((one) => one['port']);
    expect(new Set(ports).size).toBe(3);
    process.kill(replica(started, 'api-2')['pid'], 'SIGKILL');
    const { event } = await palier.said('event', (message) => message['event'].kind === 'replica-crashed');
    expect(event).toMatchObject({ replica: 'api-2', message: expect.stringContaining('api-2 crashed with SIGKILL') });
    expect(event.output).toEqual([`listening ${replica(started, 'api-2')['port']}`]);
    const healthy = await palier.said('replicas', (message) => replica(message, 'api-2.2')['state'] === 'healthy');
    expect(replica(healthy, 'api-1')['state']).toBe('healthy');
    expect(replica(healthy, 'api-2')).toEqual({});
  });

  it('waits longer each time', async () => {
    const command = nodeServer('listen(); setTimeout(() => process.exit(7), 400)');
    const options = { restart: { firstMs: 20, maxMs: 10_000, floor: 1 } };
    await using palier = await startPalier([{ ...api, command }], { options });
    await palier.said(
      'event',
      (message) => message['event'].replica === 'api-1.4' && message['event'].kind === 'replica-starting',
    );
    const waits = events(palier, 'replica-crashed').map((event) => event['message']);
    expect(waits).toEqual([
      'api-1 crashed with exit code 7; it is started again in 0.0 s.',
      'api-1.2 crashed with exit code 7; it is started again in 0.0 s (2 times in a row).',
      'api-1.3 crashed with exit code 7; it is started again in 0.1 s (3 times in a row).',
    ]);
  });
});

describe('a start that cannot succeed', () => {
  it.each<[string, object, string, string[]]>([
    [
      'never healthy',
      { command: nodeServer("server.listen(0, '127.0.0.1')"), startTimeoutMs: 1500 },
      'PALIER_START_UNHEALTHY',
      ['api-1 was not healthy within 1.5 s (connection refused)', 'GET /health', 'It listens at '],
    ],
    [
      'answers 503',
      {
        command: nodeServer(
          "server.on('request', () => {}); http.createServer((_, r) => { r.statusCode = 503; r.end(); }).listen(process.env.PORT)",
        ),
        startTimeoutMs: 1500,
      },
      'PALIER_START_UNHEALTHY',
      ['(status 503)', 'from 200 to 299'],
    ],
    [
      'is no program',
      { command: ['no-such-program', 'x'] },
      'PALIER_COMMAND_MISSING',
      ['there is no program "no-such-program"', 'PATH is /'],
    ],
    [
      'has no folder',
      { cwd: '/no/such/folder' },
      'PALIER_FOLDER_MISSING',
      ['the folder /no/such/folder does not exist'],
    ],
    [
      'is not known to the shell',
      { command: ['sh', '-c', 'no-such-program'] },
      'PALIER_START_CRASHED',
      ['exit code 127', 'did not find a program'],
    ],
    [
      'goes into the background',
      { command: ['sh', '-c', 'true'] },
      'PALIER_START_CRASHED',
      ['exit code 0', 'stays in the foreground'],
    ],
    [
      'has a preparation that fails',
      { prepare: [['sh', '-c', 'echo broken >&2; exit 4']] },
      'PALIER_PREPARE_FAILED',
      ['"echo broken >&2; exit 4" ended with exit code 4', '| broken'],
    ],
    [
      'has a template that nobody fills',
      { env: { A: '{{services.none.url}}' } },
      'PALIER_TEMPLATE_UNKNOWN',
      ['env.A holds {{services.none.url}}', '{{dataDir}}'],
    ],
  ])('%s: says so, and leaves nothing', async (_, change, code, texts) => {
    await using palier = await startPalier([{ ...api, ...change }]);
    const failed = await palier.said('failed');
    expect(failed['code']).toBe(code);
    for (const text of texts) expect(`${failed['message']} ${failed['hint']}`).toContain(text);
    expect(await palier.leftAtEnd()).toEqual([]);
  });

  it('takes too long to prepare: says so, and leaves nothing', async () => {
    await using palier = await startPalier([{ ...api, prepare: [['sleep', '600']] }], {
      options: { prepareTimeoutMs: 200 },
    });
    expect((await palier.said('failed'))['code']).toBe('PALIER_PREPARE_TIMEOUT');
    expect(await palier.leftAtEnd()).toEqual([]);
  });
});

describe('a replica', () => {
  it('that finds its port taken gets another one', async () => {
    await using folder = await temporaryFolder('port');
    const mark = JSON.stringify(folder.file('tried'));
    const command = nodeServer(`const fs = require('node:fs');
      if (fs.existsSync(${mark})) listen();
      else { fs.writeFileSync(${mark}, process.env.PORT); console.error('Error: listen EADDRINUSE: address already in use'); process.exit(1); }`);
    await using palier = await startPalier([{ ...api, command }]);
    const started = await palier.said('started');
    expect(replica(started, 'api-1.2')['port']).toBeGreaterThan(1);
    expect(readFileSync(folder.file('tried'), 'utf8')).not.toBe(String(replica(started, 'api-1.2')['port']));
    expect(events(palier, 'note')[0]?.['message']).toContain('found its port taken');
  });

  it('finds its environment: the port, its names, and its templates filled in', async () => {
    const env = { DATA: '{{dataDir}}/x', NUMBER: 'n{{ replica }}', API: '{{services.api.url}}/v1' };
    const command = nodeServer(
      "const e = process.env; console.log([e.DATA, e.NUMBER, e.API, e.PALIER_REPLICA, e.PALIER_SERVICE].join(' ')); listen();",
    );
    await using palier = await startPalier([{ ...api, command, env, replicas: { min: 2, max: 2 } }]);
    const { lines } = await palier.said('output', (message) => message['replica'] === 'api-2');
    expect(lines[0]).toBe('/tmp/x n2 http://127.0.0.1:1/v1 api-2 api');
  });

  it('without HTTP counts as started when it stays, and needs no port', async () => {
    await using palier = await startPalier([
      { name: 'worker', command: ['sh', '-c', 'echo "port=$PORT"; sleep 600'], http: null },
    ]);
    const started = await palier.said('started');
    expect(replica(started, 'worker-1')).toMatchObject({ state: 'healthy', port: null });
    expect((await palier.said('output'))['lines']).toEqual(['port=']);
  });

  it('that writes without end loses lines, each counted, and nothing else', async () => {
    const command = ['sh', '-c', 'yes | head -n 1000000; echo last; sleep 600'];
    await using palier = await startPalier([{ name: 'worker', command, http: null }]);
    await palier.said('output', ({ lines }) => lines.includes('last'));
    const told = palier.all('output').map(({ lines, dropped }) => lines.length + dropped);
    expect(told.reduce((sum, count) => sum + count, 0)).toBe(1_000_001);
    expect(Math.max(...told.keys())).toBeLessThan(5000);
  });

  it('is added and taken away as the service is scaled, and no id comes twice', async () => {
    await using palier = await startPalier([{ ...api, replicas: { min: 1, max: 3 } }]);
    await palier.said('started');
    for (const count of [3, 1, 3]) {
      const before = palier.all('scaled').length;
      process.kill(palier.process.pid, 'SIGUSR2');
      await until('the scaling', () => palier.all('scaled').length > before);
      const scaled = palier.all('scaled').at(-1) as Message;
      const alive = (scaled['replicas'] as Message[]).filter((one) => one['state'] === 'healthy');
      expect(alive).toHaveLength(count);
    }
    const started = events(palier, 'replica-starting').map((event) => event['replica']);
    expect(started.toSorted()).toEqual(['api-1', 'api-2', 'api-2.2', 'api-3', 'api-3.2']);
  });
});

const canLimit = openable();

describe.skipIf(!canLimit)('an allotment', () => {
  it('of memory ends a replica that takes more, and the reason is told', async () => {
    const hog = nodeServer(
      'const kept = []; listen(); setTimeout(() => { for (;;) kept.push(Buffer.alloc(1e6, 1)); }, 300);',
    );
    const allotment = { cpuCores: null, memoryBytes: 100 * 1024 * 1024 };
    await using palier = await startPalier([{ ...api, command: hog, allotment }]);
    const { event } = await palier.said('event', (message) => message['event'].kind === 'replica-crashed');
    expect(event.message).toContain(
      'api-1 crashed with SIGKILL: the kernel killed it because its memory allotment of 100 MiB was used up',
    );
  });

  it('of CPU holds a replica to its quota, by the account of the kernel', async () => {
    const hog = nodeServer('listen(); setTimeout(() => { for (;;); }, 300);');
    await using palier = await startPalier([{ ...api, command: hog, allotment: { cpuCores: 0.2, memoryBytes: null } }]);
    const { folders } = replica(await palier.said('started'), 'api-1')['cgroup'];
    const account = (): Map<string, number> =>
      new Map(
        readFileSync(`${folders[0]}/cpu.stat`, 'utf8')
          .trim()
          .split('\n')
          .map((line) => line.split(' '))
          .map(([key, value]) => [key as string, Number(value)]),
      );
    await until('twenty throttled periods', () => (account().get('nr_throttled') ?? 0) > 20);
    expect(quotaIn(folders[0])).toBe(0.2);
  });

  it('is joined before the first instruction, by grandchildren too, and no group stays', async () => {
    const command =
      nodeServer(`require('node:child_process').spawn('sleep', ['602'], {detached: true, stdio: 'ignore', env: {}}).unref();
      console.log(require('node:fs').readFileSync('/proc/self/cgroup', 'utf8').includes('/api-1')); listen();`);
    await using palier = await startPalier([{ ...api, command, allotment: { cpuCores: 0.5, memoryBytes: null } }]);
    const { folders } = replica(await palier.said('started'), 'api-1')['cgroup'];
    expect((await palier.said('output'))['lines'][0]).toBe('true');
    const inside = readFileSync(`${folders[0]}/cgroup.procs`, 'utf8').trim().split('\n').map(Number);
    expect(inside).toHaveLength(2);
    process.kill(palier.process.pid, 'SIGKILL');
    expect(await palier.leftAtEnd()).toEqual([]);
    await until('no process', () => inside.every((pid) => !isRunning(pid)));
    await until('no group', () => (folders as string[]).every((folder) => !existsSync(dirname(folder))));
  });

  it('leaves no group when palier and keeper are killed together and another palier starts', async () => {
    const first = await startPalier([api]);
    const { folders } = replica(await first.said('started'), 'api-1')['cgroup'];
    process.kill((await first.said('keeper'))['pid'], 'SIGSTOP');
    process.kill(first.process.pid, 'SIGKILL');
    process.kill((await first.said('keeper'))['pid'], 'SIGKILL');
    await first.process.ended;
    expect(first.left().length).toBeGreaterThan(0);
    await using second = await startPalier([api]);
    await second.said('started');
    expect(first.left()).toEqual([]);
    expect((folders as string[]).some((folder) => existsSync(dirname(folder)))).toBe(false);
  });
});

/** Whether this machine lets us limit: without, the tests above are left out, visibly. */
function openable(): boolean {
  const cgroups = openCgroups([{ cpuCores: 1, memoryBytes: 64 * 1024 * 1024 }]);
  cgroups.close();
  return cgroups.report.version !== null;
}

function quotaIn(folder: string): number {
  if (existsSync(`${folder}/cpu.max`)) return Number(readFileSync(`${folder}/cpu.max`, 'utf8').split(' ')[0]) / 100_000;
  return Number(readFileSync(`${folder}/cpu.cfs_quota_us`, 'utf8')) / 100_000;
}

function events(palier: Teller, kind: string): Message[] {
  return palier
    .all('event')
    .map((message) => message['event'])
    .filter((event) => event.kind === kind);
}

function pythonServer(): string {
  return [
    'import os, http.server',
    'class H(http.server.BaseHTTPRequestHandler):',
    '  def do_GET(self):',
    '    self.send_response(200); self.end_headers()',
    "http.server.HTTPServer(('127.0.0.1', int(os.environ['PORT'])), H).serve_forever()",
  ].join('\n');
}

function quoted(argv: readonly string[]): string {
  return argv.map((part) => `'${part.replaceAll("'", `'\\''`)}'`).join(' ');
}

/** Starts the small palier of testing/up.ts with these services. */
function startPalier(services: readonly object[], options: object = {}): Promise<Teller> {
  const up = fileURLToPath(new URL('./testing/up.ts', import.meta.url));
  const run = `test-${process.pid}-${performance.now()}`;
  return startTeller(up, JSON.stringify({ run, services, ...options }));
}
