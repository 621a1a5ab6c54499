import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { freePort, freePorts } from './ports.ts';

test('free ports are different from each other and can be listened on', async () => {
  const ports = await freePorts(20);
  expect(new Set(ports).size).toBe(20);
  const server = createServer().listen(await freePort(), '127.0.0.1');
  await once(server, 'listening');
  server.close();
});

test.runIf(process.platform === 'linux')(
  'a free port is this process’s own: its name cannot be had by another one',
  async () => {
    const port = await freePort();
    const other = `require('node:net').createServer().on('error', ({ code }) => console.log(code)).listen('\\0palier-test-port-${port}')`;
    expect(execFileSync(process.execPath, ['-e', other], { encoding: 'utf8' })).toBe('EADDRINUSE\n');
  },
);

test.runIf(process.platform === 'linux')(
  'no outgoing connection takes a free port, nor the one 10 000 above',
  async () => {
    const first = Number(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split('\t')[0]);
    // Somebody may have widened it.
    expect(Math.max(...(await freePorts(50))) + 10_000).toBeLessThan(Math.max(first, 32_768));
  },
);
