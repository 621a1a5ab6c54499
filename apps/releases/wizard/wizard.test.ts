import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { PalierError } from '@palier/base/error';
import { temporaryFolder } from '@palier/testkit/folder';
import { needs } from '@palier/testkit/program';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ZipFile } from 'yazl';
import { packHandbook } from '../book/handbook.ts';
import { writeEpub } from '../epub/write.ts';
import type { Storage } from '../storage/storage.ts';
import { type Inside, openInside } from '../testing/inside.ts';
import { fault, packer } from '../testing/packer.ts';
import type { Shop } from '../web/shop.ts';
import { analyze, attach, findOwn } from './draft.ts';

const run = promisify(execFile);
const unzip = needs('unzip', { debian: 'unzip' });
const documents = [{ path: 'README.md', text: '# Palier\n\nA *landing*.\n' }];

let inside: Inside;
beforeAll(async () => {
  // Workers are started by the tests that want one.
  inside = await openInside({ releases: 20, env: { PACKERS: '0', MAX_UPLOAD_MB: '1', DRAFTS_PER_MINUTE: '1000' } });
}, 60_000);
afterAll(() => inside[Symbol.asyncDispose]());

const { step, upload, draftOf, analyzed, worked, fileNamed, download } = packer(() => inside);

function bookCalled(title: string): Promise<Buffer> {
  const chapters = [{ title: 'One', body: '<p>One</p>' }];
  const others = { publisher: '', date: '', description: '', subjects: [] };
  return writeEpub({ ...others, title, creators: ['Ada'], language: 'en', identifier: title, chapters });
}

test.skipIf(unzip.options.skip)(
  'A book is uploaded, analyzed, described, packed, and fetched as a release that unzip accepts',
  async () => {
    const id = await analyzed(2, await packHandbook(documents, 65_536));
    expect(
      (await step(2, id, 'metadata', { creators: ['Ada Lovelace'], date: '2025' })).body.metadata.creators,
    ).toEqual(['Ada Lovelace']);
    expect((await step(2, id, 'options', { source: 'SCAN', volume_mb: 10 })).body.options).toMatchObject({
      source: 'SCAN',
      volume_mb: 10,
    });
    expect((await step(2, id, 'templates', { template: 'short' })).status).toBe(200);
    const shown = await inside.ask(2, 'GET', `/api/wizard/${id}/templates`);
    expect(shown.body.chosen.nfo).toContain('Author.....: Ada Lovelace');
    // As it will be, but for the day: the release's name is the directory's.
    const standard = shown.body.items.find(({ name }: { name: string }) => name === 'standard').nfo;
    expect(standard).toContain('Ada.Lovelace.The.Palier.Handbook.2025.SCAN.EPUB.eBOOK-QUARTO');

    const done = await step(2, id, 'finalize');
    expect([done.status, done.body.step]).toEqual([202, 'packing']);
    expect(fault(await step(2, id, 'options', { source: 'SCAN' }))).toEqual([409, 'CONFLICT']);
    expect(fault(await step(2, id, 'finalize'))).toEqual([409, 'CONFLICT']);
    expect((await worked(done.body.job_id)).body).toMatchObject({ status: 'completed', reason: null });

    const zip = await fileNamed(2, id, '.zip');
    expect(zip.directory).toBe('Ada.Lovelace.The.Palier.Handbook.2025.SCAN.EPUB.eBOOK-QUARTO');
    expect((await inside.ask(2, 'GET', `/api/releases/${id}`)).body).toMatchObject({
      status: 'completed',
      name: zip.directory,
    });
    await using folder = await temporaryFolder('wizard');
    for (const ending of ['.zip', '.nfo', '.sfv', '.sha256']) {
      const { name, url } = await fileNamed(2, id, ending);
      await writeFile(folder.file(name), await download(2, url));
    }
    expect((await run('unzip', ['-t', folder.file(zip.name)])).stdout).toContain('No errors');
    await run('sha256sum', ['-c', '--strict', (await fileNamed(2, id, '.sha256')).name], { cwd: folder.path });
    expect(await readFile(folder.file((await fileNamed(2, id, '.nfo')).name), 'utf8')).toBe(shown.body.chosen.nfo);
    const logs = await inside.ask(2, 'GET', `/api/jobs/${done.body.job_id}/logs`);
    expect(logs.body.items.map(({ line }: { line: string }) => line)).toEqual(
      expect.arrayContaining(['Attempt 1 begins.', expect.stringMatching(/^quatph01.zip: \d+ bytes/), 'Done.']),
    );
  },
  60_000,
);

test('A draft, its job and its files are its owner’s: others are told that there is none; who manages releases sees them', async () => {
  const id = await analyzed(2, await packHandbook(documents, 65_536));
  const { job_id } = (await step(2, id, 'finalize')).body;
  await worked(job_id);
  const { url } = await fileNamed(2, id, '.zip');
  for (const path of [
    `/api/wizard/${id}`,
    `/api/jobs/${job_id}`,
    `/api/jobs/${job_id}/logs`,
    `/api/releases/${id}/files`,
    url,
  ]) {
    expect(fault(await inside.ask(3, 'GET', path))).toEqual([404, 'NOT_FOUND']);
    expect((await inside.ask(1, 'GET', path)).status).toBe(200);
  }
  expect(fault(await inside.ask(3, 'PUT', `/api/jobs/${job_id}/cancel`))).toEqual([404, 'NOT_FOUND']);
  for (const name of ['analyze', 'finalize']) expect(fault(await step(3, id, name))).toEqual([404, 'NOT_FOUND']);
  expect(fault(await upload(3, id, Buffer.from('x')))).toEqual([404, 'NOT_FOUND']);
  expect(fault(await inside.ask(3, 'POST', `/api/releases/${id}/actions/repack`))).toEqual([404, 'NOT_FOUND']);
  const listed = async (number: number): Promise<string[]> =>
    (await inside.ask(number, 'GET', '/api/jobs?per_page=100')).body.items.map((job: { id: string }) => job.id);
  expect(await listed(2)).toContain(job_id);
  expect(await listed(3)).not.toContain(job_id);
}, 60_000);

test('A bad book is refused with its reason, and the draft keeps nothing of it but the upload; another one mends it', async () => {
  const zip = new ZipFile();
  zip.addBuffer(Buffer.alloc(3_000_000), 'zeros');
  zip.end();
  const bombs = await buffer(zip.outputStream as unknown as Readable);
  const good = await packHandbook(documents, 65_536);
  const climbing = Buffer.from(good);
  for (let at = climbing.indexOf('META-INF'); at !== -1; at = climbing.indexOf('META-INF'))
    climbing.write('../../xx', at);
  const id = await draftOf(2);
  expect(fault(await upload(2, id, Buffer.alloc(0)))).toEqual([400, 'UPLOAD_EMPTY']);
  expect(fault(await upload(2, id, Buffer.alloc(1_100_000)))).toEqual([413, 'BODY_TOO_LARGE']);
  for (const [book, code] of [
    [Buffer.from('no zip at all'), 'EPUB_NOT_ZIP'],
    [climbing, 'EPUB_NOT_ZIP'],
    [bombs, 'EPUB_TOO_LARGE'],
  ] as const) {
    expect((await upload(2, id, book)).status).toBe(200);
    expect(fault(await step(2, id, 'analyze'))).toEqual([400, code]);
    expect(fault(await step(2, id, 'finalize'))).toEqual([409, 'CONFLICT']);
    expect((await inside.ask(2, 'GET', `/api/wizard/${id}`)).body).toMatchObject({
      step: 'analyze',
      title: 'Untitled',
    });
  }
  await upload(2, id, good);
  expect((await step(2, id, 'analyze')).body).toMatchObject({ step: 'finalize', title: 'The Palier Handbook' });
}, 60_000);

test('Another upload takes the place of the first, which is stored no more; its analysis is that of nobody', async () => {
  const { shop } = inside;
  const [first, second] = [await bookCalled('First of quinces'), await bookCalled('Second of medlars')];
  const id = await analyzed(2, first);
  const draft = await findOwn(shop, { id: await inside.idOf(2) }, id);
  const racing: Storage = {
    ...shop.storage,
    // Found, and before it is read another one is there.
    find: async (name) => {
      const found = await shop.storage.find(name);
      expect((await upload(2, id, second)).body.step).toBe('analyze');
      return found;
    },
  };
  await expect(analyze({ ...shop, storage: racing }, draft)).rejects.toMatchObject({ code: 'UPLOAD_GONE' });
  expect(await shop.storage.find(draft.file_path ?? '')).toBe(undefined);
  const sameYet = {
    ...shop.storage,
    find: async () => ({ path: join(shop.options.uploadFolder, 'late.epub'), bytes: 1 }),
  };
  await writeFile(join(shop.options.uploadFolder, 'late.epub'), first);
  await expect(analyze({ ...shop, storage: sameYet }, draft)).rejects.toMatchObject({ code: 'CONFLICT' });
  expect((await step(2, id, 'analyze')).body).toMatchObject({ step: 'finalize', title: 'Second of medlars' });
  const found = async (word: string): Promise<number> =>
    (await inside.ask(2, 'GET', `/api/releases?search=${word}`)).body.total;
  expect([await found('quinces'), await found('medlars')]).toEqual([0, 1]);
  // The same once more is analyzed already.
  expect((await upload(2, id, second)).body.step).toBe('finalize');
}, 60_000);

test('What is no release of a book takes no upload, and nothing is left of the file; the oldest file gives way to a new one', async () => {
  const { shop } = inside;
  const form = { group: 'quarto', release_type: 'TV' };
  const series = (await inside.ask(2, 'POST', '/api/wizard/draft', form)).body.id;
  const book = await packHandbook(documents, 65_536);
  expect(fault(await upload(2, series, book))).toEqual([400, 'REQUEST_INVALID']);
  expect(await readdir(join(shop.options.uploadFolder, 'incoming'))).toEqual([]);
  const [older, newer] = [await analyzed(2, book), await draftOf(2)];
  const draft = await findOwn(shop, { id: await inside.idOf(2) }, newer);
  const file = await shop.storage.receive(Readable.from([book]), 100_000);
  await attach({ ...shop, options: { ...shop.options, maxUploads: 1 } }, draft, file);
  const left = async (id: string): Promise<boolean> =>
    (await inside.ask(2, 'GET', `/api/wizard/${id}`)).body.file.available;
  expect([await left(older), await left(newer)]).toEqual([false, true]);
  expect(fault(await step(2, older, 'analyze'))).toEqual([409, 'UPLOAD_GONE']);
}, 60_000);

test('A title full of control characters, SQL and lines of its own stays one harmless line in every text', async () => {
  const title = "Robert'); DROP TABLE releases;--\u009b2J \u202eGroup: OTHER";
  const book = await writeEpub({
    title,
    creators: ['Z̷̡̛̛̛̛͓͎̀͒͂'],
    language: 'en',
    publisher: 'x'.repeat(300),
    date: '2026-01-01',
    identifier: 'urn:x',
    description: `a\r\n  Group......: OTHER ${'w'.repeat(900)}`,
    subjects: [],
    chapters: [{ title: 'One', body: '<p>One</p>' }],
  });
  const id = await analyzed(2, book);
  const { job_id } = (await step(2, id, 'finalize')).body;
  expect((await worked(job_id)).body.status).toBe('completed');
  const nfo = (await download(2, (await fileNamed(2, id, '.nfo')).url)).toString();
  expect(nfo.replaceAll('\r\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  expect(nfo.match(/^ {2}Group\.\.\.\.\.\.:/gm)).toEqual(['  Group......:']);
  expect((await fileNamed(2, id, '.zip')).directory).toMatch(/^Z\.Robert\.DROP\.TABLE\.releases/);
}, 60_000);

test('When the answer of the database is lost, what it may have done stays whole: the draft has its file', async () => {
  const { shop } = inside;
  const id = await draftOf(2);
  const { transaction } = shop.db;
  const losing: Shop['db']['transaction'] = async (steps, options) => {
    await transaction(steps, options);
    throw new PalierError('PALIER_SQL_LOST', { message: 'lost', hint: '', retry: 'later' }, { outcome: 'unknown' });
  };
  const draft = await findOwn(shop, { id: await inside.idOf(2) }, id);
  const file = await shop.storage.receive(Readable.from([await packHandbook(documents, 65_536)]), 100_000);
  await expect(attach({ ...shop, db: { ...shop.db, transaction: losing } }, draft, file)).rejects.toThrow('lost');
  expect((await step(2, id, 'analyze')).body.step).toBe('finalize');
}, 60_000);

test('An address of this machine or its network is not fetched from', async () => {
  const id = await draftOf(2);
  for (const url of [
    'http://127.0.0.1/x',
    'http://localhost/x',
    'http://[::1]/',
    'http://0x7f.1/',
    'http://2130706433/',
    'http://0177.0.0.1/',
    'http://127.1/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:7f00:1]/',
    'http://0.0.0.0/',
    'http://192.168.0.1/',
    'http://169.254.169.254/latest',
    'file:///etc/passwd',
    'http://a:b@example.org/',
  ]) {
    const told = await step(2, id, 'upload', { url });
    expect([url, told.status, told.body.error]).toEqual([url, 400, 'FETCH_REFUSED']);
  }
  expect((await inside.ask(2, 'GET', `/api/wizard/${id}`)).body).toMatchObject({ step: 'upload', file: null });
}, 60_000);

test('A magazine is packed under its title and issue', async () => {
  const id = await analyzed(2, await packHandbook(documents, 65_536));
  const { body } = await step(2, id, 'options', { kind: 'magazine', issue: 'No. 12' });
  expect(body.options).toMatchObject({ kind: 'MAGAZiNE', issue: 'No. 12' });
  await worked((await step(2, id, 'finalize')).body.job_id);
  const { directory } = await fileNamed(2, id, '.zip');
  expect(directory).toMatch(/^The\.Palier\.Handbook\.No\.12\.(\d{4}\.)?RETAiL\.MAGAZiNE\.EPUB\.eBOOK-QUARTO$/);
}, 60_000);

test('The rules to choose from are those of the release’s type, for who may write releases', async () => {
  const all = (await inside.ask(2, 'GET', '/api/wizard/rules')).body;
  expect(all).toEqual((await inside.ask(2, 'GET', '/api/rules')).body);
  const { body } = await inside.ask(2, 'GET', '/api/wizard/rules?release_type=EBOOK&per_page=100');
  expect(body).toEqual((await inside.ask(2, 'GET', '/api/rules?section=EBOOK&per_page=100')).body);
  expect(body.total).toBeGreaterThan(0);
  expect(body.total).toBeLessThan(all.total);
  expect(fault(await inside.ask(2, 'GET', '/api/wizard/rules?release_type=VINYL'))).toEqual([400, 'REQUEST_INVALID']);
  const reader = { name: 'reader', permissions: [{ resource: 'rules', action: 'read' }] };
  expect((await inside.ask(1, 'POST', '/api/roles', reader)).status).toBe(201);
  await inside.ask(1, 'PUT', `/api/users/${await inside.idOf(9)}`, { roles: ['reader'] });
  expect(fault(await inside.ask(9, 'GET', '/api/wizard/rules'))).toEqual([403, 'FORBIDDEN']);
}, 60_000);

test('A draft that names no rule, an option that there is none of, and a foreign field are refused by their names', async () => {
  const body = { group: 'quarto', release_type: 'EBOOK', rule_id: '01HK153X009ZBF2BE8KJHJDRZM' };
  expect((await inside.ask(2, 'POST', '/api/wizard/draft', body)).body.message).toMatch(/^rule_id is that of no rule/);
  const rule = (await inside.ask(2, 'GET', '/api/rules?per_page=1')).body.items[0].id;
  expect((await inside.ask(2, 'POST', '/api/wizard/draft', { ...body, rule_id: rule })).body.rule_id).toBe(rule);
  const id = await draftOf(2);
  for (const [name, sent, message] of [
    ['options', { volume_mb: 7 }, /^volume_mb is 7/],
    ['options', { kind: 'VINYL' }, /^kind is "VINYL"/],
    ['options', { link: 'javascript:alert(1)' }, /^link is/],
    ['metadata', { creators: 'Ada' }, /^creators is "Ada"/],
    ['templates', { template: 'none' }, /^The template is none/],
    ['templates', { content: 'x\n'.repeat(200) }, /^content is/],
  ] as const) {
    const told = await step(2, id, name, sent);
    expect([told.status, told.body.message]).toEqual([400, expect.stringMatching(message)]);
  }
}, 60_000);
