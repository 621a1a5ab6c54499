import { readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { Agent, type IncomingMessage, request as httpRequest } from 'node:http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bearerOf, formWith, install, type Installation, postJson, request } from '../testing/running.ts';

let installation: Installation;
beforeEach(async () => {
  installation = await install(true);
});
afterEach(() => installation[Symbol.asyncDispose]());

test('Three replicas that write at once lose no release and answer no 5xx; each sees what the others wrote', async () => {
  const replicas = await Promise.all([1, 2, 3].map(() => installation.start()));
  const urls = replicas.map((replica) => replica.url);
  // A token of one is good for all.
  const bearer = await bearerOf(urls[0] as string, 1);
  const book = await readFile(installation.folder.file('handbook.epub'));
  const created = await Promise.all(
    Array.from({ length: 240 }, async (_, i) => {
      const url = `${urls[i % 3]}/api/wizard/create`;
      const answer =
        i % 4 === 0
          ? await request(url, { method: 'POST', headers: bearer, body: formWith(book, { group: `CROWD${i % 7}` }) })
          : await postJson(url, { group: `CROWD${i % 7}`, release_type: 'GAME' }, bearer);
      expect(answer.status).toBe(201);
      return answer.body as { id: string; group_id: string };
    }),
  );
  expect(new Set(created.map(({ id }) => id)).size).toBe(240);
  // Seven groups, each made once, though three processes made them at the same time.
  expect(new Set(created.map(({ group_id }) => group_id)).size).toBe(7);
  await Promise.all(
    created.map(async ({ id }, i) => {
      const answer = await request(`${urls[(i + 1) % 3]}/api/releases/${id}`, { headers: bearer });
      expect(answer.status).toBe(200);
    }),
  );
});

test('Three replicas that start on an empty database make its tables once', async () => {
  await using empty = await install(false);
  const replicas = await Promise.all([1, 2, 3].map(() => empty.start()));
  for (const { url } of replicas) expect((await request(`${url}/health`)).body).toMatchObject({ status: 'ok' });
});

test('kill -9 of a replica in the middle of uploads leaves the others and the database sound', async () => {
  const [victim, other] = await Promise.all([installation.start(), installation.start()]);
  const bearer = await bearerOf(other.url, 1);
  const book = await readFile(installation.folder.file('handbook.epub'));
  const uploads = Array.from({ length: 40 }, () =>
    request(`${victim.url}/api/wizard/create`, { method: 'POST', headers: bearer, body: formWith(book) }).catch(
      () => null,
    ),
  );
  await Promise.race(uploads);
  victim.process.child.kill('SIGKILL');
  const acknowledged = (await Promise.all(uploads)).filter((answer) => answer?.status === 201);
  expect(acknowledged.length).toBeGreaterThan(0);
  for (const answer of acknowledged) {
    const found = await request(`${other.url}/api/releases/${answer?.body.id}`, { headers: bearer });
    expect(found.body.file).toMatchObject({ bytes: book.length, available: true });
  }
  expect(
    (await postJson(`${other.url}/api/wizard/create`, { group: 'AFTER', release_type: 'TV' }, bearer)).status,
  ).toBe(201);
});

test('A start removes old files that no release names, and no other', async () => {
  const first = await installation.start();
  const bearer = await bearerOf(first.url, 1);
  const book = await readFile(installation.folder.file('handbook.epub'));
  const { body } = await request(`${first.url}/api/wizard/create`, {
    method: 'POST',
    headers: bearer,
    body: formWith(book),
  });
  const names = [`${body.id}.epub`, 'STRAY.epub', 'FRESH.epub', 'notes of the operator.txt'];
  const uploads = installation.folder.file('uploads');
  for (const name of names.slice(1)) await writeFile(`${uploads}/${name}`, 'x');
  const twoHoursAgo = Date.now() / 1000 - 7200;
  for (const name of names.filter((name) => name !== 'FRESH.epub'))
    await utimes(`${uploads}/${name}`, twoHoursAgo, twoHoursAgo);
  await installation.start();
  const wanted = ['incoming', ...names.filter((name) => name !== 'STRAY.epub')];
  expect((await readdir(uploads)).toSorted()).toEqual(wanted.toSorted());
});

test('On SIGTERM a kept connection is answered and told to leave, what is in hand is finished, and the process ends with 0', async () => {
  const { url, process } = await installation.start({ DRAIN_MS: '1000' });
  const bearer = await bearerOf(url, 1);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  expect((await overKept(agent, `${url}/api/rules`, bearer)).headers.connection).toBe('keep-alive');
  // A login takes 40 ms: it is in hand when the signal comes.
  const inHand = bearerOf(url, 2);
  process.child.kill('SIGTERM');
  await process.line(/"Leaving"/);
  const answer = await overKept(agent, `${url}/api/rules`, bearer);
  expect([answer.statusCode, answer.headers.connection]).toEqual([200, 'close']);
  expect((await inHand).authorization).toMatch(/^Bearer ey/);
  expect(await process.ended).toEqual({ code: 0, signal: null });
  agent.destroy();
});

test('A port in use, a bad option and a bad database end the start with a sentence, not a stack', async () => {
  const { url } = await installation.start();
  const attempts: [Record<string, string>, RegExp][] = [
    [{ PORT: new URL(url).port }, /it should be a port that no other program uses/],
    [{ PORT: 'http' }, /PORT is \\"http\\"; it should be a whole number/],
    [{ DATABASE_URL: 'postgres://x' }, /to be opened at \\"postgres:\/\/x\\"; it should be/],
    [{ JWT_SECRET: 'short' }, /JWT_SECRET is \\"5 characters\\"/],
    [{ STATE_URL: 'postgres://x' }, /The state is to be opened at \\"postgres:\/\/x\\"; it should be/],
    [{ REDIS_URL: 'redis://127.0.0.1:1' }, /it should (answer within|be a file or a server)/],
    [{ TRUSTED_PROXIES: 'lopback' }, /The option trusted is \\?"+lopback/],
  ];
  for (const [env, message] of attempts) {
    await expect(installation.start(env)).rejects.toThrow(message);
  }
});

function overKept(agent: Agent, url: string, headers: Record<string, string>): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(url, { agent, headers }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer));
    });
    sent.on('error', reject);
    sent.end();
  });
}
