import { createServer, type RequestListener } from 'node:http';
import { systemClock } from '@palier/base/clock';
import { systemTimers } from '@palier/base/timers';
import type { SystemEvent } from '@palier/protocol';
import { freePort } from '@palier/testkit/ports';
import { expect, test } from 'vitest';
import { samplerDefaults } from '../options.ts';
import type { SampledReplica } from '../replica.ts';
import { MetricsPages } from './pages.ts';

async function withServer(listener: RequestListener, run: (port: number) => Promise<void>): Promise<void> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await run((server.address() as { port: number }).port);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

function setUp(options: Partial<typeof samplerDefaults> = {}) {
  const notes: string[] = [];
  const note = (event: SystemEvent): void => void notes.push(event.message);
  const pages = new MetricsPages(
    { clock: systemClock(), timers: systemTimers(), note },
    { ...samplerDefaults, ...options },
  );
  return { pages, notes };
}

const replica = (port: number, path = '/metrics', state: SampledReplica['state'] = 'healthy'): SampledReplica => ({
  id: 'api-1',
  service: 'api',
  state,
  pid: 1,
  cgroupFolders: [],
  metrics: { host: '127.0.0.1', port, path },
});

test('a page is read, and a trouble is told once when it begins and once when it ends', async () => {
  let well = false;
  const listener: RequestListener = (_, response) => response.writeHead(well ? 200 : 500).end('a_total 3\n');
  await withServer(listener, async (port) => {
    const { pages, notes } = setUp();
    for (let i = 0; i < 3; i++) expect(await pages.read([replica(port)])).toEqual([null]);
    well = true;
    for (let i = 0; i < 3; i++)
      expect((await pages.read([replica(port)]))[0]?.page.series.get('a_total')?.value).toBe(3);
    expect(notes).toEqual([
      'The metrics page of api-1 answered status 500.',
      'The metrics page of api-1 can be read again.',
    ]);
  });
});

const troubles: readonly [string, RequestListener, RegExp][] = [
  ['too slow', () => {}, /took longer than 100 ms/],
  ['slow in its body', (_, response) => void response.write('a 1\n'), /took longer than 100 ms/],
  ['too large', (_, response) => response.end('a_total 1\n'.repeat(200)), /is larger than 1 KiB/],
  ['no metrics', (_, response) => response.end('<html>hello</html>'), /is not in the text format of Prometheus/],
  ['binary', (_, response) => response.end(Buffer.from([0xff, 0xfe, 0, 1, 2, 10, 200])), /is not in the text format/],
  [
    'cut off',
    (_, response) => response.writeHead(200, { 'content-length': 100 }).write('a 1', () => response.destroy()),
    /broke off/,
  ],
  ['no HTTP', (request) => request.socket.end('SSH-2.0-x\r\n'), /could not be fetched/],
];

test.each(troubles)('a page that is %s costs a note', async (_, listener, message) => {
  await withServer(listener, async (port) => {
    const { pages, notes } = setUp({ metricsTimeoutMs: 100, maxPageBytes: 1024 });
    expect(await pages.read([replica(port)])).toEqual([null]);
    expect(notes).toEqual([expect.stringMatching(message)]);
  });
});

test('nobody listens, an address that is none, and a replica that is not asked', async () => {
  const { pages, notes } = setUp();
  expect(await pages.read([replica(await freePort())])).toEqual([null]);
  expect(notes[0]).toMatch(/could not be fetched \(connect ECONNREFUSED/);
  expect(await pages.read([replica(70_000), replica(80, '/é ü')])).toEqual([null, null]);
  expect(await pages.read([replica(80, '/', 'starting'), replica(80, '/', 'crashed')])).toEqual([null, null]);
});

test('a page with more series than allowed is kept up to the bound, and bad lines do not spoil the rest', async () => {
  const text = 'a 1\nb 2\nbad line here\nc 3\n';
  await withServer(
    (_, response) => response.end(text),
    async (port) => {
      const { pages, notes } = setUp({ maxSeries: 2 });
      expect([...((await pages.read([replica(port)]))[0]?.page.series.keys() ?? [])]).toEqual(['a', 'b']);
      expect(notes).toEqual(['The metrics page of api-1 has more than 2 series; only the first are kept.']);
    },
  );
});

test('close() ends the waiting', async () => {
  await withServer(
    () => {},
    async (port) => {
      const { pages } = setUp({ metricsTimeoutMs: 60_000 });
      const reading = pages.read([replica(port)]);
      setTimeout(() => pages.close(), 30);
      expect(await reading).toEqual([null]);
    },
  );
});
