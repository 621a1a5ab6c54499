import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { until } from '../until.ts';
import { isRunning } from '../processes/index.ts';
import { type Malformation, malformed, queueOf, startKnownAnswerServer, startServer } from './index.ts';

const agent = new Agent({ keepAlive: true });

/** The body, or the error's code. */
function ask(url: string): Promise<string> {
  return new Promise((resolve) => {
    const request = get(url, { agent }, (response) => {
      let body = '';
      response.on('data', (chunk) => (body += chunk));
      response.on('end', () => resolve(body));
      response.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    });
    request.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}

async function askTimes(url: string, times: number): Promise<string[]> {
  const answers: string[] = [];
  for (let i = 0; i < times; i++) answers.push(await ask(url));
  return answers;
}

test('constant: never early by its own clock, and its log says what it did', async () => {
  await using server = await startKnownAnswerServer({ kind: 'constant', ms: 30 });
  expect(await Promise.all([ask(server.url), ask(`${server.url}/two`)])).toEqual(['ok', 'ok']);
  expect(await ask(server.url)).toBe('ok');
  const truth = await server.truth();
  expect(truth.map(({ method, path, outcome }) => `${method} ${path} ${outcome}`).sort()).toEqual([
    'GET / answered',
    'GET / answered',
    'GET /two answered',
  ]);
  // Two at once need a connection each; the third is asked on one of them.
  expect(truth.map(({ opened }) => opened)).toEqual([true, true, false]);
  for (const { arrivedMs, answeredMs } of truth) expect(answeredMs - arrivedMs).toBeGreaterThanOrEqual(30);
});

test('stall: what falls into the stall waits for its end, what comes before and after does not', async () => {
  await using server = await startKnownAnswerServer({ kind: 'stall', ms: 0, afterMs: 100, stallMs: 300 });
  await until('an answer after the stall', async () => {
    await ask(server.url);
    return ((await server.truth()).at(-1)?.arrivedMs ?? 0) > 400;
  });
  const truth = await server.truth();
  expect(truth.filter(({ answeredMs }) => answeredMs >= 100 && answeredMs < 400)).toEqual([]);
  expect(truth.filter(({ arrivedMs }) => arrivedMs >= 100 && arrivedMs < 400)).toHaveLength(1);
});

test('two modes: every third request is slow', async () => {
  await using server = await startKnownAnswerServer({ kind: 'two-modes', fastMs: 0, slowMs: 60, slowEvery: 3 });
  await askTimes(server.url, 6);
  expect((await server.truth()).map(({ arrivedMs, answeredMs }, i) => (answeredMs - arrivedMs >= 60 ? i : -1))).toEqual(
    [expect.any(Number), expect.any(Number), 2, expect.any(Number), expect.any(Number), 5],
  );
});

test('queue: serves one at a time, in the drawn times, and draws the same ones again after forget()', async () => {
  const queue = { meanMs: 15, seed: 3 };
  await using server = await startKnownAnswerServer({ kind: 'queue', ...queue });
  for (const _ of ['once', 'again']) {
    await Promise.all(Array.from({ length: 10 }, () => ask(server.url)));
    const truth = await server.truth();
    expect(truth).toHaveLength(10);
    const serve = queueOf(queue);
    // Never early; arrivals are logged in their order, and so are answers, since it serves in order.
    for (const { arrivedMs, answeredMs } of truth) expect(answeredMs).toBeGreaterThanOrEqual(serve(arrivedMs));
    await server.forget();
    expect(await server.truth()).toEqual([]);
  }
});

test('closing: before an answer, in the middle of one, and after one', async () => {
  const seen: Record<string, string[]> = {};
  for (const how of ['before', 'within', 'after'] as const) {
    await using server = await startKnownAnswerServer({ kind: 'closing', every: 2, how });
    seen[how] = await askTimes(server.url, 2);
  }
  expect(seen).toEqual({ before: ['ok', 'ECONNRESET'], within: ['ok', 'ECONNRESET'], after: ['ok', 'ok'] });
});

test('trickle: the body comes in its parts and takes its time', async () => {
  await using server = await startKnownAnswerServer({ kind: 'trickle', parts: 5, gapMs: 20 });
  expect(await ask(server.url)).toBe('.....');
  const [one] = await server.truth();
  expect((one?.answeredMs ?? 0) - (one?.arrivedMs ?? 0)).toBeGreaterThanOrEqual(80);
});

test("malformed: each kind is refused by Node's own parser", async () => {
  for (const what of Object.keys(malformed) as Malformation[]) {
    await using server = await startKnownAnswerServer({ kind: 'malformed', every: 2, what });
    const [good, bad] = await askTimes(server.url, 2);
    expect([what, good, bad]).toEqual([what, 'ok', expect.stringMatching(/^HPE_/)]);
  }
});

test('fast: as many answers as requests, however they are cut into packets', async () => {
  await using server = await startKnownAnswerServer({ kind: 'fast' });
  const socket = connect(server.port, '127.0.0.1');
  let received = '';
  socket.on('data', (chunk) => (received += chunk.toString()));
  socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\nGET / HTTP/1.1\r\nho');
  await until('the first answer', () => received.length > 0);
  socket.write('st: a\r\n\r\n');
  await until('the second answer', () => received.split('HTTP/1.1 200 OK').length >= 3);
  expect(received).toBe('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'.repeat(2));
  socket.destroy();
});

test('a known-answer server ends when the process that started it does', async () => {
  const server = await startKnownAnswerServer({ kind: 'fast' });
  server.process.child.stdin?.end();
  await server.process.ended;
  expect(isRunning(server.process.pid)).toBe(false);
});

test('any program can be a server: it gets a free port and is stopped', async () => {
  const code = `require('node:net').createServer((s) => s.end('hi')).listen(process.argv[1], '127.0.0.1', () => console.log('up'))`;
  await using server = await startServer({ command: [process.execPath, '-e', code, '{{port}}'], ready: /^up$/ });
  const socket = connect(server.port, '127.0.0.1');
  const [chunk] = (await once(socket, 'data')) as [Buffer];
  expect(chunk.toString()).toBe('hi');
});
