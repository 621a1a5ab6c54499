import { readFileSync } from 'node:fs';
import http from 'node:http';
import { fileURLToPath } from 'node:url';
import { isRunning, startProcess } from '@palier/testkit/processes';
import { until } from '@palier/testkit/until';
import { describe, expect, it } from 'vitest';
import { balancerEntry } from './index.ts';
import { ask, startReplica, startRigProcess, testService } from './testing/rig.ts';

describe('the balancer process', () => {
  it('ends when its supervisor is killed, and leaves no port behind', async () => {
    const file = fileURLToPath(new URL('./testing/supervisor.ts', import.meta.url));
    await using supervisor = await startProcess({ command: [file], ready: /balancer (\d+) (\d+)/ });
    const [pid, port] = [Number(supervisor.ready[1]), Number(supervisor.ready[2])];
    expect((await ask(port, '/')).headers['palier-reason']).toBe('no-replica');
    supervisor.child.kill('SIGKILL');
    await until('the balancer is gone', () => !isRunning(pid));
    // A connection that the kernel had taken while the process died is reset; the next one finds nobody.
    await until('its port is closed', async () => (await ask(port, '/')).text === 'ECONNREFUSED');
  });

  it('does not end by the signals that a terminal sends', async () => {
    await using replica = await startReplica();
    await using rig = await startRigProcess([replica.port]);
    rig.process?.child.kill('SIGINT');
    rig.process?.child.kill('SIGTERM');
    await rig.message('second');
    expect((await ask(rig.port, '/echo')).status).toBe(200);
  });

  it('says that a port is taken, and ends', async () => {
    await using replica = await startReplica();
    await using child = await startProcess({ command: [balancerEntry()], channel: true });
    const told = new Promise((resolve) => child.child.once('message', resolve));
    const settings = {
      policy: 'round-robin',
      maxBodyBytes: 1,
      maxHeaderBytes: 1000,
      maxClientConnections: 10_000,
      responseTimeoutMs: 1000,
      idleTimeoutMs: 1000,
    } as const;
    child.child.send({ kind: 'start', settings, services: [{ ...testService, listenPort: replica.port }] });
    expect(await told).toMatchObject({
      kind: 'failed',
      code: 'PALIER_LISTEN_FAILED',
      message: expect.stringContaining('EADDRINUSE'),
    });
    expect((await child.ended).code).toBe(0);
  });

  it('says how it is started when it has no channel', async () => {
    await using child = await startProcess({ command: [balancerEntry()] });
    expect((await child.ended).code).toBe(2);
    expect(child.lines.join('\n')).toContain('fork()');
  });

  it('streams uploads of 200 MB without growing by them, also when the replica reads slowly', async () => {
    await using replica = await startReplica();
    await using rig = await startRigProcess([replica.port], { maxBodyBytes: 1e9, responseTimeoutMs: 60_000 });
    const pid = rig.process?.pid as number;
    await upload(rig.port, 20);
    const before = residentMb(pid);
    const stop = setInterval(() => {
      process.kill(replica.pid, 'SIGSTOP');
      setTimeout(() => process.kill(replica.pid, 'SIGCONT'), 50);
    }, 150);
    const bytes = await Promise.all(Array.from({ length: 4 }, () => upload(rig.port, 50)));
    clearInterval(stop);
    await new Promise((done) => setTimeout(done, 60));
    expect(bytes).toEqual([50, 50, 50, 50].map((megabytes) => megabytes * 1_000_000));
    // 200 MB passed; each upload may hold its two buffers, and garbage is collected late.
    expect(residentMb(pid) - before).toBeLessThan(100);
  });

  it('holds a replica back while its client does not read, and hands on all of it when it does', async () => {
    await using replica = await startReplica();
    await using rig = await startRigProcess([replica.port]);
    const pid = rig.process?.pid as number;
    await ask(rig.port, '/stream?mb=20');
    const before = residentMb(pid);
    const response = await new Promise<http.IncomingMessage>((resolve) =>
      http.get({ port: rig.port, host: '127.0.0.1', path: '/stream?mb=300' }, resolve),
    );
    response.pause();
    await new Promise((done) => setTimeout(done, 1000));
    expect(residentMb(pid) - before).toBeLessThan(100);
    let bytes = 0;
    for await (const part of response) bytes += (part as Buffer).length;
    expect(bytes).toBe(300_000_000);
  });

  it('tells each second what passed, by route and by replica', async () => {
    await using replica = await startReplica();
    await using rig = await startRigProcess([replica.port]);
    for (const path of ['/echo', '/items/7?x', '/items/8', '/broken', '/unknown']) await ask(rig.port, path);
    await rig.message('second', (one) => one.second.services['api']?.length === 0);
    const routes = rig.messages.flatMap((one) => (one.kind === 'second' ? (one.second.services['api'] ?? []) : []));
    const sum = (name: string): number =>
      routes.filter(({ route }) => route === name).reduce((all, one) => all + one.requests, 0);
    expect([sum('GET /echo'), sum('GET /items/:id'), sum('other')]).toEqual([1, 2, 2]);
    expect(routes.reduce((all, one) => all + (one.errors['5xx'] ?? 0), 0)).toBe(1);
    for (const one of routes) expect(one.latency.count).toBe(one.requests);
    const samples = rig.messages.flatMap((one) => (one.kind === 'second' ? [one.second.replicas['api-1']] : []));
    expect(samples.reduce((all, one) => all + (one?.requests ?? 0), 0)).toBe(5);
    expect(samples.reduce((all, one) => all + (one?.errors ?? 0), 0)).toBe(1);
  });
});

/** Answers with the number of octets that the replica got. */
function upload(port: number, megabytes: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = http.request({ port, host: '127.0.0.1', path: '/echo', method: 'POST' }, (response) => {
      let text = '';
      response.on('data', (part: Buffer) => (text += part.toString()));
      response.on('end', () => resolve((JSON.parse(text) as { bytes: number }).bytes));
    });
    request.on('error', reject);
    const megabyte = Buffer.alloc(1_000_000, 'z');
    let left = megabytes;
    const send = (): void => {
      while (left > 0) {
        left--;
        if (!request.write(megabyte)) {
          request.once('drain', send);
          return;
        }
      }
      request.end();
    };
    send();
  });
}

function residentMb(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}
