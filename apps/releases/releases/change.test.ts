import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Inside, openInside, type Told } from '../testing/inside.ts';

let inside: Inside;
let mine: { id: string; name: string; title: string };
let number: number;
beforeAll(async () => {
  inside = await openInside();
}, 60_000);
afterAll(() => inside[Symbol.asyncDispose]());

const fault = ({ status, body }: Told): unknown => [status, body.error];
const found = async (search: string): Promise<string[]> =>
  (await inside.ask(1, 'GET', `/api/releases?per_page=100&search=${encodeURIComponent(search)}`)).body.items.map(
    (item: { id: string }) => item.id,
  );

/** A release of account 5, which packs. */
async function make(): Promise<void> {
  number = 5;
  mine = (await inside.ask(number, 'POST', '/api/wizard/create', { group: 'QUARTO', release_type: 'TV' })).body;
}

test('The owner changes title, type, metadata and options; the name and what it is found by follow the title', async () => {
  await make();
  const path = `/api/releases/${mine.id}`;
  const { status, body } = await inside.ask(number, 'PUT', path, {
    title: 'Élan of Xylophones',
    release_type: 'EBOOK',
    release_metadata: { language: 'fr' },
    config: { volumes: 2 },
  });
  expect(status).toBe(200);
  expect(body).toMatchObject({
    title: 'Élan of Xylophones',
    name: mine.name.replace('Untitled', 'Elan-of-Xylophones'),
    release_type: 'EBOOK',
    release_metadata: { language: 'fr' },
    config: { volumes: 2 },
    status: 'draft',
  });
  expect(body.updated_at >= body.created_at).toBe(true);
  expect(await found('elan xylo')).toEqual([mine.id]);
  expect(await found('untitled')).not.toContain(mine.id);
  expect((await inside.ask(number, 'PUT', path, { config: { volumes: 3 } })).body).toMatchObject({
    title: 'Élan of Xylophones',
    config: { volumes: 3 },
  });
});

test('Only the owner, or who may manage those of others, changes and removes a release', async () => {
  await make();
  const path = `/api/releases/${mine.id}`;
  expect(fault(await inside.ask(6, 'PUT', path, { title: 'Stolen' }))).toEqual([403, 'FORBIDDEN']);
  expect(fault(await inside.ask(6, 'DELETE', path))).toEqual([403, 'FORBIDDEN']);
  expect((await inside.ask(6, 'GET', path)).body.title).toBe('Untitled');
  // 11 edits, 1 administers.
  expect((await inside.ask(11, 'PUT', path, { title: 'Mended' })).body.title).toBe('Mended');
  expect((await inside.ask(1, 'DELETE', path)).status).toBe(204);
});

test('A removed release is gone from the list, the search, the figures and the disk', async () => {
  await make();
  const figures = async (): Promise<number> =>
    (await inside.ask(number, 'GET', '/api/dashboard/stats')).body.user_releases;
  const before = await figures();
  const path = `/api/releases/${mine.id}`;
  await inside.ask(number, 'PUT', path, { title: 'Quagga' });
  expect(await found('quagga')).toEqual([mine.id]);
  expect((await inside.ask(number, 'DELETE', path)).status).toBe(204);
  expect(await found('quagga')).toEqual([]);
  expect(await figures()).toBe(before - 1);
  expect(fault(await inside.ask(number, 'GET', path))).toEqual([404, 'NOT_FOUND']);
  expect(fault(await inside.ask(number, 'DELETE', path))).toEqual([404, 'NOT_FOUND']);
});

test('A release that a job is at work on is neither changed nor removed', async () => {
  await make();
  const path = `/api/releases/${mine.id}`;
  const job = {
    id: inside.shop.db.newId(),
    release_id: mine.id,
    status: 'running',
    job_type: 'pack',
    created_by: await inside.idOf(number),
    created_at: new Date().toISOString(),
  };
  await inside.shop.db.query.insertInto('jobs').values(job).execute();
  expect(fault(await inside.ask(number, 'PUT', path, { title: 'Too early' }))).toEqual([409, 'CONFLICT']);
  expect(fault(await inside.ask(number, 'DELETE', path))).toEqual([409, 'CONFLICT']);
  await inside.shop.db.query.updateTable('jobs').set({ status: 'failed' }).where('id', '=', job.id).execute();
  expect((await inside.ask(number, 'PUT', path, { title: 'Now' })).status).toBe(200);
  expect((await inside.ask(number, 'DELETE', path)).status).toBe(204);
});

test('Status, owner, ids and what nobody knows cannot be sent; markup, quotes and control characters in a title stay text', async () => {
  await make();
  const path = `/api/releases/${mine.id}`;
  for (const body of [
    { status: 'completed' },
    { user_id: 'x' },
    { id: 'x' },
    {},
    { title: '' },
    { title: 'x'.repeat(501) },
  ]) {
    expect(fault(await inside.ask(number, 'PUT', path, body))).toEqual([400, 'REQUEST_INVALID']);
  }
  const title = `Robert'); DROP TABLE releases;-- <script>alert(1)</script> \u001b[31m\r\nX-Injected: 1`;
  const { body } = await inside.ask(number, 'PUT', path, { title });
  expect(body.title).toBe(title);
  expect(body.name).toMatch(/^[A-Za-z0-9-]{1,255}$/);
  expect((await inside.ask(number, 'GET', path)).body.title).toBe(title);
  expect(await found('drop table script injected')).toEqual([mine.id]);
});

test('The list is filtered by the name of a group as by its id', async () => {
  await make();
  const { body } = await inside.ask(1, 'GET', '/api/releases?group=QUARTO&per_page=100');
  expect(body.items.length).toBeGreaterThan(0);
  const { group } = body.items[0];
  expect((await inside.ask(1, 'GET', `/api/releases?group_id=${group.id}&per_page=100`)).body.items).toEqual(
    body.items,
  );
  expect((await inside.ask(1, 'GET', '/api/releases?group=NOBODY')).body.total).toBe(0);
});
