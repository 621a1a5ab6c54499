import { systemClock } from '@palier/base/clock';
import { systemTimers } from '@palier/base/timers';
import { temporaryFolder } from '@palier/testkit/folder';
import { startProcess, type TestProcess } from '@palier/testkit/processes';
import { until } from '@palier/testkit/until';
import { describe, expect, test } from 'vitest';
import { createSampler, type SampledReplica } from './index.ts';
import { pidusageReader } from './processes/reader-pidusage.ts';
import { procReader } from './processes/reader-proc.ts';

const mib = 1024 * 1024;

const replica = (pid: number, port?: number): SampledReplica => ({
  id: 'api-1',
  service: 'api',
  state: 'healthy',
  pid,
  cgroupFolders: [],
  metrics: port === undefined ? null : { host: '127.0.0.1', port, path: '/metrics' },
});

function newSampler() {
  return createSampler({ clock: systemClock(), timers: systemTimers() });
}

/** Runs Node code that answers lines on its standard input; `ask` sends one and gives the answer. */
async function program(code: string) {
  const child = await startProcess({
    command: [
      process.execPath,
      '-e',
      `require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
      Promise.resolve(eval(line)).then((answer) => console.log('answer ' + JSON.stringify(answer ?? null)));
    });\n${code}\nconsole.log('ready');`,
    ],
    ready: /^ready$/,
  });
  let asked = 0;
  return {
    child,
    async ask<T>(line: string): Promise<T> {
      asked++;
      child.child.stdin?.write(`${line.replaceAll('\n', ' ')}\n`);
      const answers = (): string[] => child.lines.filter((one) => one.startsWith('answer '));
      await until(`answer ${asked}`, () => answers().length >= asked);
      return JSON.parse((answers()[asked - 1] as string).slice(7)) as T;
    },
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
}

const burn = (ms: number): string =>
  `{ const from = process.cpuUsage(); let d; do { d = process.cpuUsage(from); } while (d.user + d.system < ${ms * 1000}); }`;

const counting = `
  let n = 0;
  const server = require('node:http').createServer((q, r) => {
    if (q.url === '/metrics') r.end('# TYPE hits_total counter\\nhits_total ' + n + '\\nlevel 5\\npalier_event_loop_utilisation_ratio 0.5\\n');
    else { n += 10; r.end('ok'); }
  }).listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => console.log('port ' + server.address().port));
`;

async function startCounting(port = 0): Promise<TestProcess> {
  return startProcess({
    command: [process.execPath, '-e', counting],
    env: { PORT: String(port) },
    ready: /^port (\d+)$/,
  });
}

test('metrics of a server are carried on when it is killed and another takes its place', async () => {
  const sampler = newSampler();
  let child = await startCounting();
  try {
    const port = Number(child.ready[1]);
    const hit = async (): Promise<void> => void (await (await fetch(`http://127.0.0.1:${port}/`)).text());
    const metrics = async () => (await sampler.sample([replica(child.pid, port)], null)).services[0]?.metrics;
    await hit();
    expect(await metrics()).toMatchObject({ hits_total: 10, level: 5 });
    process.kill(child.pid, 'SIGKILL');
    await child.ended;
    expect(await metrics()).toMatchObject({ hits_total: 10 });
    child = await startCounting(port);
    expect(await metrics()).toMatchObject({ hits_total: 10, level: 5 });
    await hit();
    expect(await metrics()).toMatchObject({ hits_total: 20, level: 5 });
    const { replicas } = await sampler.sample([replica(child.pid, port)], null);
    expect(replicas[0]?.loopUtilisation).toBe(0.5);
  } finally {
    await child.stop();
  }
});

describe.runIf(process.platform === 'linux')('on Linux', () => {
  test('CPU is what the process itself counts, and so is its memory, descriptors and threads', async () => {
    await using one = await program('');
    const sampler = newSampler();
    await sampler.sample([replica(one.child.pid)], null);
    const clock = systemClock();
    const fromMs = clock.monotonicMs();
    await one.ask(burn(400));
    await one.ask('globalThis.held = Buffer.alloc(100 * 1024 * 1024, 1); 0');
    await one.ask('globalThis.open = Array.from({ length: 50 }, () => require("node:fs").openSync("/dev/null")); 0');
    const used = await one.ask<{ user: number; system: number }>('process.cpuUsage()');
    const { replicas } = await sampler.sample([replica(one.child.pid)], null);
    const elapsedMs = clock.monotonicMs() - fromMs;
    const figures = replicas[0] as (typeof replicas)[0];
    // The first sample was taken a little before `fromMs`; what the process used before it is at most its start.
    const burntMs = (figures.cpuCores as number) * elapsedMs;
    expect(burntMs).toBeGreaterThanOrEqual(380);
    expect(burntMs).toBeLessThanOrEqual((used.user + used.system) / 1000 + 100);
    expect(figures.rssBytes).toBeGreaterThan(140 * mib);
    expect(figures.descriptors).toBeGreaterThan(60);
    expect(figures.descriptors).toBeLessThan(120);
    expect(figures.threads).toBeGreaterThanOrEqual(2);
  });

  test('children count while they run and after they have ended', async () => {
    await using one = await program(`const { spawn, spawnSync } = require('node:child_process');`);
    const sampler = newSampler();
    const clock = systemClock();
    const alone = (await sampler.sample([replica(one.child.pid)], null)).replicas[0];
    const fromMs = clock.monotonicMs();
    await one.ask(`spawnSync(process.execPath, ['-e', ${JSON.stringify(burn(300))}]); 0`);
    const after = (await sampler.sample([replica(one.child.pid)], null)).replicas[0];
    expect((after?.cpuCores as number) * (clock.monotonicMs() - fromMs)).toBeGreaterThanOrEqual(290);
    await one.ask(`globalThis.kid = spawn('sh', ['-c', 'sleep 100; true']); 0`);
    const withChild = await until('the grandchild', async () => {
      const figures = (await sampler.sample([replica(one.child.pid)], null)).replicas[0];
      return (figures?.descriptors ?? 0) > (alone?.descriptors ?? 0) && (figures?.rssBytes ?? 0) > 0 && figures;
    });
    expect(withChild.threads).toBeGreaterThan(alone?.threads ?? 0);
  });

  test('bytes written to the disk are those that reached it', async () => {
    await using folder = await temporaryFolder('disk');
    await using one = await program('const fs = require("node:fs");');
    const sampler = newSampler();
    await sampler.sample([replica(one.child.pid)], null);
    await one.ask(
      `const f = fs.openSync(${JSON.stringify(folder.file('x'))}, 'w'); fs.writeSync(f, Buffer.alloc(8 * 1024 * 1024, 7)); fs.fsyncSync(f); 0`,
    );
    const { replicas } = await sampler.sample([replica(one.child.pid)], null);
    // A temporary folder in memory writes nothing to a disk.
    expect([0, 8 * mib]).toContain(Math.floor((replicas[0]?.diskWriteBytes as number) / mib) * mib);
  });

  test('what is read elsewhere than on Linux agrees with /proc', async () => {
    await using one = await program(`globalThis.kid = require('node:child_process').spawn('sleep', ['100']);`);
    await one.ask(burn(200));
    const request = [
      { pid: one.child.pid, cgroupFolders: [] },
      { pid: 2 ** 22 + 1, cgroupFolders: [] },
    ];
    const [[here, none], [there, nobody]] = await Promise.all([
      procReader(systemClock()).read(request),
      pidusageReader(systemClock()).read(request),
    ]);
    expect([none, nobody]).toEqual([null, null]);
    expect(there?.processes.map(({ pid }) => pid)).toEqual(here?.processes.map(({ pid }) => pid));
    expect(there?.processes[0].cpuMs).toBeGreaterThanOrEqual(200);
    expect(Math.abs((there?.processes[0].rssBytes ?? 0) - (here?.processes[0].rssBytes ?? 0))).toBeLessThan(5 * mib);
  });
});
