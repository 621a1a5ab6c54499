/** The application on MariaDB answers what it answers on SQLite. */
import { mariadbServer, startMariadb } from '@palier/testkit/engines';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bearerOf, install, type Installation, postJson, request } from '../testing/running.ts';

type Bearer = { authorization: string };

describe('The application on MariaDB', mariadbServer().options, () => {
  const stack = new AsyncDisposableStack();
  let roots: readonly string[] = [];
  let bearers: readonly Bearer[] = [];

  beforeAll(async () => {
    const server = stack.use(await startMariadb({ fast: true }));
    const own = stack.use(await install(true)) as Installation;
    const shared = stack.use(await install(true, { DATABASE_URL: server.url })) as Installation;
    // Two replicas on MariaDB, started at once.
    const replicas = await Promise.all([own.start(), shared.start(), shared.start()]);
    roots = replicas.map(({ url }) => url);
    bearers = await Promise.all(roots.map((root) => bearerOf(root, 1)));
  }, 120_000);
  afterAll(() => stack.disposeAsync());

  test.each([
    '/api/dashboard/stats',
    '/api/rules?page=2&per_page=5',
    '/api/releases?per_page=50',
    '/api/releases?sort_by=title&sort_order=asc&page=40&per_page=20',
    '/api/releases?sort_by=status&sort_order=desc&release_type=EBOOK&page=3',
    '/api/releases?search=the',
    '/api/releases?search=THE%20se&sort_by=title',
    '/api/releases?search=%C3%A9',
  ])('%s is answered by every replica as on SQLite', async (path) => {
    const answers = await Promise.all(
      roots.map((root, i) => request(`${root}${path}`, { headers: bearers[i] as Bearer })),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(answers[1]?.body).toEqual(answers[0]?.body);
    expect(answers[2]?.body).toEqual(answers[0]?.body);
  });

  test('A release made at one replica is read at the other; a group made by both at once is made once', async () => {
    const [, one = '', two = ''] = roots;
    const [, first, second] = bearers as [Bearer, Bearer, Bearer];
    const made = await Promise.all(
      [
        [one, first],
        [two, second],
      ].map(([root, bearer]) =>
        postJson(`${root as string}/api/wizard/create`, { group: 'newgrp', release_type: 'EBOOK' }, bearer as Bearer),
      ),
    );
    expect(made.map(({ status }) => status)).toEqual([201, 201]);
    expect(made[0]?.body.group_id).toBe(made[1]?.body.group_id);
    const there = await request(`${two}/api/releases/${made[0]?.body.id}`, { headers: second });
    expect(there.body).toMatchObject({ title: 'Untitled', group: { name: 'NEWGRP' } });
  });
});
