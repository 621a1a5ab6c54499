import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Inside, openInside, type Told } from '../testing/inside.ts';
import { settingKeys } from './known.ts';

let inside: Inside;
beforeAll(async () => {
  inside = await openInside({ releases: 20, env: { PACKERS: '0' } });
}, 60_000);
afterAll(() => inside[Symbol.asyncDispose]());

const fault = ({ status, body }: Told): unknown => [status, body.error];
const draft = async (): Promise<Told['body']> =>
  (await inside.ask(2, 'POST', '/api/wizard/draft', { group: 'QUARTO', release_type: 'EBOOK' })).body;

test('Settings are read by everybody; each has a value of its own until it is set, and again when that is taken back', async () => {
  const list = async (): Promise<Told['body']> => (await inside.ask(2, 'GET', '/api/config')).body.items;
  const before = await list();
  expect(before.map(({ key }: { key: string }) => key)).toEqual([...settingKeys]);
  expect(before[0]).toEqual({
    key: 'packing.source',
    category: 'packing',
    value: 'RETAiL',
    default: 'RETAiL',
    set_at: null,
  });
  const made = await inside.ask(1, 'POST', '/api/config', { key: 'packing.source', value: 'scan' });
  expect([made.status, made.body]).toMatchObject([
    201,
    { value: 'SCAN', default: 'RETAiL', set_at: expect.any(String) },
  ]);
  const again = await inside.ask(1, 'POST', '/api/config', { key: 'packing.source', value: 'SCAN' });
  expect(fault(again)).toEqual([409, 'CONFLICT']);
  const path = '/api/config/packing.source';
  expect((await inside.ask(1, 'PUT', path, { value: 'HYBRiD' })).body.value).toBe('HYBRiD');
  expect((await inside.ask(2, 'GET', path)).body.value).toBe('HYBRiD');
  expect((await inside.ask(1, 'DELETE', path)).status).toBe(204);
  expect((await inside.ask(1, 'DELETE', path)).status).toBe(204);
  expect(await list()).toEqual(before);
});

test('What is set is what new drafts begin with, from the next one on; those that there are stay as they were', async () => {
  const first = await draft();
  expect(first).toMatchObject({ options: { source: 'RETAiL', volume_mb: null } });
  for (const [key, value] of [
    ['packing.source', 'SCAN'],
    ['packing.volume_mb', '50'],
    ['packing.template', 'short'],
  ])
    expect((await inside.ask(1, 'PUT', `/api/config/${key}`, { value })).status).toBe(200);
  const second = await draft();
  expect(second).toMatchObject({ options: { source: 'SCAN', volume_mb: 50 } });
  expect(second.template).not.toBe(first.template);
  const sent = await inside.ask(2, 'POST', `/api/wizard/${second.id}/options`, { source: 'HYBRiD' });
  expect(sent.body).toMatchObject({ options: { source: 'HYBRiD', volume_mb: 50 }, template: second.template });
  const untouched = await inside.ask(2, 'GET', `/api/wizard/${first.id}`);
  expect(untouched.body).toMatchObject({ options: first.options, template: first.template });
  for (const key of settingKeys) await inside.ask(1, 'DELETE', `/api/config/${key}`);
  expect(await draft()).toMatchObject({ options: first.options, template: first.template });
});

test('Only who has "config write" sets one; a key that there is none of, and a value that a draft could not have, are refused', async () => {
  const path = '/api/config/packing.volume_mb';
  for (const number of [2, 11]) {
    expect(fault(await inside.ask(number, 'PUT', path, { value: '50' }))).toEqual([403, 'FORBIDDEN']);
    expect(fault(await inside.ask(number, 'DELETE', path))).toEqual([403, 'FORBIDDEN']);
    const made = await inside.ask(number, 'POST', '/api/config', { key: 'packing.volume_mb', value: '50' });
    expect(fault(made)).toEqual([403, 'FORBIDDEN']);
  }
  for (const [key, value] of [
    ['packing.volume_mb', '7'],
    ['packing.source', 'STOLEN'],
    ['packing.template', 'constructor'],
    ['packing.template', ''],
  ])
    expect(fault(await inside.ask(1, 'PUT', `/api/config/${key}`, { value }))).toEqual([400, 'REQUEST_INVALID']);
  expect(fault(await inside.ask(1, 'PUT', '/api/config/packing.colour', { value: 'x' }))).toEqual([404, 'NOT_FOUND']);
  const unknown = await inside.ask(1, 'POST', '/api/config', { key: 'packing.colour', value: 'x' });
  expect(fault(unknown)).toEqual([400, 'REQUEST_INVALID']);
  expect(
    (await inside.ask(1, 'GET', '/api/config')).body.items.every((one: { set_at: unknown }) => one.set_at === null),
  ).toBe(true);
});
