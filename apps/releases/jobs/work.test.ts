import { readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packHandbook } from '../book/handbook.ts';
import { releasesError } from '../errors.ts';
import type { Storage } from '../storage/storage.ts';
import { type Inside, openInside } from '../testing/inside.ts';
import { fault, packer } from '../testing/packer.ts';
import type { Shop } from '../web/shop.ts';
import { removeStrays } from '../wizard/create.ts';
import { cancel, settle } from './desk.ts';
import { packHandlers } from './work.ts';

const documents = [{ path: 'README.md', text: '# Palier\n\nA *landing*.\n' }];

let inside: Inside;
beforeAll(async () => {
  // Workers are started by the tests that want one.
  inside = await openInside({ releases: 20, env: { PACKERS: '0', MAX_UPLOAD_MB: '1', DRAFTS_PER_MINUTE: '1000' } });
}, 60_000);
afterAll(() => inside[Symbol.asyncDispose]());

const { step, analyzed, worked, fileNamed, attemptsOf } = packer(() => inside);

test('A disk that is full while it packs fails the job with the reason and keeps nothing; packed again, it is complete', async () => {
  const id = await analyzed(2, await packHandbook(documents, 65_536));
  const { job_id } = (await step(2, id, 'finalize')).body;
  let received = 0;
  const kept: string[] = [];
  const removed: string[] = [];
  const full = (storage: Storage): Storage => ({
    ...storage,
    receive: async (source, maxBytes) => {
      // The first volume fits; what comes after does not.
      if (++received > 1) throw releasesError('STORAGE_FULL', {});
      return storage.receive(source, maxBytes);
    },
    keep: async (incoming, name) => {
      kept.push(name);
      await storage.keep(incoming, name);
    },
    remove: async (names) => {
      removed.push(...names);
      await storage.remove(names);
    },
  });
  const failed = await worked(job_id, (shop) => ({ ...shop, storage: full(shop.storage) }));
  expect(failed.body).toMatchObject({ status: 'failed', reason: expect.stringContaining('no space left') });
  expect(kept.length).toBe(1);
  expect(removed).toEqual(kept);
  // The same would happen again: nobody tries.
  expect(await attemptsOf(job_id)).toEqual(['Attempt 1 begins.', expect.stringContaining('no space left')]);
  expect((await inside.ask(2, 'GET', `/api/releases/${id}/files`)).body.items).toEqual([]);
  expect((await inside.ask(2, 'GET', `/api/releases/${id}`)).body.status).toBe('failed');
  // The book is still there.
  const again = await step(2, id, 'finalize');
  expect(again.status).toBe(202);
  expect((await worked(again.body.job_id)).body.status).toBe('completed');
}, 60_000);

test('What fails a job for want of its surroundings is tried again, and is then done', async () => {
  const id = await analyzed(2, await packHandbook(documents, 65_536));
  const { job_id } = (await step(2, id, 'finalize')).body;
  let received = 0;
  const shaky = (storage: Storage): Storage => ({
    ...storage,
    receive: async (source, maxBytes) => {
      if (++received === 1) throw new Error('the folder is away');
      return storage.receive(source, maxBytes);
    },
  });
  const done = await worked(job_id, (shop) => ({ ...shop, storage: shaky(shop.storage) }));
  expect(done.body).toMatchObject({ status: 'completed', reason: null });
  expect(await attemptsOf(job_id)).toEqual([
    'Attempt 1 begins.',
    'Attempt 1 failed: the folder is away',
    'Attempt 2 begins.',
  ]);
}, 60_000);

test('A worker that stops in the middle fails nothing: the job is at work still, and the next one does it', async () => {
  const id = await analyzed(2, await packHandbook(documents, 65_536));
  const { job_id } = (await step(2, id, 'finalize')).body;
  const { shop } = inside;
  const { promise: reached, resolve: reach } = Promise.withResolvers<void>();
  const { promise: stopped, resolve: stop } = Promise.withResolvers<void>();
  const held: Storage = {
    ...shop.storage,
    receive: async (source, maxBytes) => {
      reach();
      await stopped;
      return shop.storage.receive(source, maxBytes);
    },
  };
  const worker = await shop.queue.work(packHandlers({ ...shop, storage: held }), { stopMs: 0 });
  await reached;
  const stopping = worker.stop();
  stop();
  await stopping;
  expect((await inside.ask(2, 'GET', `/api/jobs/${job_id}/status`)).body.status).toBe('running');
  expect((await worked(job_id)).body).toMatchObject({ status: 'completed', reason: null });
}, 60_000);

test('A job that is called off is over at once; the release is a draft again, and whoever packs keeps nothing', async () => {
  const id = await analyzed(2, await packHandbook(documents, 65_536));
  const waiting = (await step(2, id, 'finalize')).body.job_id;
  expect((await inside.ask(2, 'PUT', `/api/jobs/${waiting}/cancel`)).body.status).toBe('cancelled');
  expect(fault(await inside.ask(2, 'PUT', `/api/jobs/${waiting}/cancel`))).toEqual([409, 'CONFLICT']);
  expect((await inside.ask(2, 'GET', `/api/wizard/${id}`)).body).toMatchObject({ status: 'draft', step: 'finalize' });

  const running = (await step(2, id, 'finalize')).body.job_id;
  const { promise: reached, resolve } = Promise.withResolvers<void>();
  const stopped: Storage = {
    ...inside.shop.storage,
    // A disk that takes its time: until it is called off.
    receive: async (source, maxBytes) => {
      resolve();
      await expect
        .poll(async () => (await inside.ask(2, 'GET', `/api/jobs/${running}`)).body.status, { timeout: 20_000 })
        .toBe('cancelled');
      return inside.shop.storage.receive(source, maxBytes);
    },
  };
  const worker = await inside.shop.queue.work(packHandlers({ ...inside.shop, storage: stopped }));
  await reached;
  expect((await inside.ask(2, 'PUT', `/api/jobs/${running}/cancel`)).status).toBe(200);
  await worker.stop();
  expect((await inside.ask(2, 'GET', `/api/releases/${id}/files`)).body.items).toEqual([]);
  expect((await inside.ask(2, 'GET', `/api/releases/${id}`)).body.status).toBe('draft');
}, 60_000);

test('A job that is called off when all is written, and before its worker hears of it, leaves no file either', async () => {
  const id = await analyzed(2, await packHandbook(documents, 65_536));
  const { job_id } = (await step(2, id, 'finalize')).body;
  const { shop } = inside;
  let kept = 0;
  const removed: string[] = [];
  const storage: Storage = {
    ...shop.storage,
    keep: async (incoming, name) => {
      await shop.storage.keep(incoming, name);
      // Volume, NFO, SFV, SHA-256: that was the last. The queue is not told.
      if (++kept === 4) await cancel(shop, { id: job_id, queue_id: null });
    },
    remove: async (names) => {
      removed.push(...names);
      await shop.storage.remove(names);
    },
  };
  const worker = await shop.queue.work(packHandlers({ ...shop, storage }));
  await expect.poll(() => removed.length, { timeout: 20_000 }).toBe(4);
  await worker.stop();
  expect((await inside.ask(2, 'GET', `/api/releases/${id}/files`)).body.items).toEqual([]);
  expect((await inside.ask(2, 'GET', `/api/jobs/${job_id}`)).body.status).toBe('cancelled');
  expect((await inside.ask(2, 'GET', `/api/releases/${id}`)).body.status).toBe('draft');
}, 60_000);

test('While it is packed the job tells how far it is, and a job that waits or has ended does not', async () => {
  const book = await packHandbook(documents, 65_536);
  const id = await analyzed(2, book);
  const { job_id } = (await step(2, id, 'finalize')).body;
  const progress = async (): Promise<unknown> => (await inside.ask(2, 'GET', `/api/jobs/${job_id}`)).body.progress;
  expect(await progress()).toBe(null);
  const { promise: seen, resolve: goOn } = Promise.withResolvers<void>();
  let received = 0;
  const watched: Storage = {
    ...inside.shop.storage,
    receive: async (source, maxBytes) => {
      // The volume is written; its NFO waits until that was told.
      if (++received === 2) await seen;
      return inside.shop.storage.receive(source, maxBytes);
    },
  };
  const working = worked(job_id, (shop) => ({ ...shop, storage: watched }));
  await expect
    .poll(progress, { timeout: 20_000 })
    .toEqual({ packed_bytes: book.length, bytes: book.length, file: 'quatph01.zip' });
  goOn();
  expect((await working).body).toMatchObject({ status: 'completed', progress: null });
  expect(received).toBe(4);
}, 60_000);

test('Beyond what may be kept the files of the oldest release give way; it can be packed again', async () => {
  const { shop } = inside;
  const [older, newer] = [
    await analyzed(2, await packHandbook(documents, 65_536)),
    await analyzed(2, await packHandbook(documents, 65_536)),
  ];
  const filesOf = async (id: string): Promise<{ bytes: number }[]> =>
    (await inside.ask(2, 'GET', `/api/releases/${id}/files`)).body.items;
  const packed = async (id: string, change?: (shop: Shop) => Shop): Promise<void> => {
    expect((await worked((await step(2, id, 'finalize')).body.job_id, change)).body.status).toBe('completed');
  };
  await packed(older);
  const bytes = (await filesOf(older)).reduce((sum, file) => sum + file.bytes, 0);
  expect(bytes).toBeGreaterThan(0);
  await packed(newer, (shop) => ({ ...shop, options: { ...shop.options, maxPackedBytes: 1.5 * bytes } }));
  expect([(await filesOf(older)).length, (await filesOf(newer)).length]).toEqual([0, 4]);
  const rows = await shop.db.query.selectFrom('release_files').select('file_path').execute();
  expect(rows).toHaveLength(4);
  for (const { file_path } of rows) expect(await shop.storage.find(file_path)).toBeDefined();
  const again = await inside.ask(2, 'POST', `/api/releases/${older}/actions/repack`);
  expect((await worked(again.body.id)).body.status).toBe('completed');
  expect(await filesOf(older)).toHaveLength(4);
}, 60_000);

test('Whatever lies in the folder for hours and belongs to a release stays at a start; what belongs to none is removed', async () => {
  const { db, storage, options } = inside.shop;
  const id = await analyzed(2, await packHandbook(documents, 65_536));
  await worked((await step(2, id, 'finalize')).body.job_id);
  const [stray, foreign] = ['01HK153X009ZBF2BE8KJHJDRZZ.zip', 'README'];
  for (const name of [stray, foreign]) await writeFile(join(options.uploadFolder, name), 'x');
  const before = await readdir(options.uploadFolder);
  const hoursAgo = Date.now() / 1000 - 7200;
  for (const name of before) await utimes(join(options.uploadFolder, name), hoursAgo, hoursAgo);
  await removeStrays({ db, storage });
  expect(await readdir(options.uploadFolder)).toEqual(expect.arrayContaining([foreign]));
  expect(await storage.find(stray)).toBe(undefined);
  const kept = await db.query.selectFrom('release_files').select('file_path').where('release_id', '=', id).execute();
  const upload = await db.query.selectFrom('uploads').select('file_path').where('release_id', '=', id).execute();
  expect([kept.length, upload.length]).toEqual([4, 1]);
  for (const { file_path } of [...kept, ...upload]) expect(await storage.find(file_path)).toBeDefined();
}, 60_000);

test('A packed release is corrected by jobs: texts of a mended NFO beside it, and a repack in its place', async () => {
  const id = await analyzed(2, await packHandbook(documents, 65_536));
  expect(fault(await inside.ask(2, 'POST', `/api/releases/${id}/actions/nfofix`))).toEqual([409, 'CONFLICT']);
  await worked((await step(2, id, 'finalize')).body.job_id);
  const before = (await fileNamed(2, id, '.zip')).url;
  const { db, storage } = inside.shop;
  const stored = await db.query.selectFrom('release_files').select('file_path').where('release_id', '=', id).execute();
  expect(stored).toHaveLength(4);
  for (const type of ['nfofix', 'dirfix', 'readnfo', 'repack']) {
    const { status, body } = await inside.ask(2, 'POST', `/api/releases/${id}/actions/${type}`);
    expect([status, body.status, body.job_type]).toEqual([202, 'pending', type]);
    expect((await worked(body.id)).body.status).toBe('completed');
    const { items } = (await inside.ask(2, 'GET', `/api/releases/${id}/files`)).body;
    const directories = new Set(
      items.map(({ directory }: { directory: string }) => directory.match(/NFOFiX|DiRFiX|READNFO/)?.[0] ?? ''),
    );
    const wanted = { nfofix: ['', 'NFOFiX'], dirfix: ['', 'NFOFiX', 'DiRFiX'], readnfo: ['READNFO'], repack: [''] }[
      type
    ];
    expect([...directories]).toEqual(wanted);
  }
  expect(fault(await inside.ask(2, 'GET', before))).toEqual([404, 'NOT_FOUND']);
  for (const { file_path } of stored) expect(await storage.find(file_path)).toBe(undefined);
}, 60_000);

test('A job whose worker is lost for good is failed by whoever looks after them', async () => {
  const id = await analyzed(2, await packHandbook(documents, 65_536));
  const { job_id } = (await step(2, id, 'finalize')).body;
  const { db, queue } = inside.shop;
  expect(await settle(inside.shop)).toBe(0);
  const row = await db.query.selectFrom('jobs').select('queue_id').where('id', '=', job_id).executeTakeFirstOrThrow();
  await queue.cancel(Number(row.queue_id));
  expect(await settle(inside.shop)).toBe(1);
  expect((await inside.ask(2, 'GET', `/api/jobs/${job_id}`)).body).toMatchObject({
    status: 'failed',
    reason: expect.stringContaining('could not be done'),
  });
  expect((await step(2, id, 'finalize')).status).toBe(202);
}, 60_000);
