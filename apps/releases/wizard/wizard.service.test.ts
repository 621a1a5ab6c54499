import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { temporaryFolder } from '@palier/testkit/folder';
import { needs } from '@palier/testkit/program';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ZipFile } from 'yazl';
import { allEngines } from '../testing/engines.ts';
import {
  type Answer,
  bearerOf,
  install,
  type Installation,
  postJson,
  type Replica,
  request,
} from '../testing/running.ts';

const run = promisify(execFile);
const unzip = needs('unzip', { debian: 'unzip' });
const waitMs = 60_000;

for (const engines of allEngines) {
  describe(`on ${engines.name}`, engines.options, () => {
    const stack = new AsyncDisposableStack();
    let installation: Installation;
    let book: Buffer;
    let bearer: { authorization: string };
    let replicas: Replica[];

    const start = (env: Readonly<Record<string, string>> = {}): Promise<Replica> =>
      installation.start({ PACKERS: '0', PACK_LEASE_MS: '2000', MAX_UPLOAD_MB: '128', ...env });
    beforeAll(async () => {
      installation = stack.use(await install(true, await engines.start(stack)));
      replicas = await Promise.all([start(), start(), start()]);
      book = await readFile(installation.folder.file('handbook.epub'));
      bearer = await bearerOf(replicas[0]?.url ?? '', 2);
    }, 120_000);
    afterAll(() => stack.disposeAsync());

    /** The next replica each time. */
    let turn = 0;
    const api = (path: string): string => `${replicas[turn++ % replicas.length]?.url}/api${path}`;
    const get = (path: string): Promise<Answer> => request(api(path), { headers: bearer });
    const post = (path: string, body: unknown = {}): Promise<Answer> => postJson(api(path), body, bearer);
    const bare = (path: string): Promise<Answer> => request(api(path), { method: 'POST', headers: bearer });
    const upload = (id: string, file: Uint8Array = book): Promise<Answer> => {
      const form = new FormData();
      form.set('file', new Blob([new Uint8Array(file)]), 'book.epub');
      return request(api(`/wizard/${id}/upload`), { method: 'POST', headers: bearer, body: form });
    };
    const ended = async (job: string): Promise<unknown> => {
      await expect
        .poll(async () => (await get(`/jobs/${job}`)).body.status, { timeout: waitMs })
        .toMatch(/completed|failed|cancelled/);
      return (await get(`/jobs/${job}`)).body;
    };

    /** unzip and sha256sum accept what the release was packed into, as any replica hands it out. */
    async function acceptedByTools(id: string): Promise<void> {
      await using folder = await temporaryFolder('release');
      const { items } = (await get(`/releases/${id}/files`)).body;
      expect(items.length).toBeGreaterThan(3);
      for (const { name, url } of items as { name: string; url: string }[]) {
        const answer = await fetch(api(url.slice('/api'.length)), { headers: bearer });
        expect(answer.headers.get('content-disposition')).toBe(`attachment; filename="${name}"`);
        await writeFile(folder.file(name), Buffer.from(await answer.arrayBuffer()));
        // Fails when unzip finds anything wrong.
        if (name.endsWith('.zip')) await run('unzip', ['-tq', folder.file(name)]);
      }
      const sums = items.find(({ name }: { name: string }) => name.endsWith('.sha256'));
      await run('sha256sum', ['-c', '--strict', sums.name], { cwd: folder.path });
    }

    test.skipIf(unzip.options.skip)(
      'The wizard goes from replica to replica, one of which is killed between two steps, and nothing is lost',
      async () => {
        const { body } = await post('/wizard/draft', { group: 'PALIER', release_type: 'EBOOK' });
        const { id } = body;
        expect((await upload(id)).body.step).toBe('analyze');
        // The one that took the file in.
        const victim = replicas[(turn - 1) % replicas.length] as Replica;
        victim.process.child.kill('SIGKILL');
        await victim.process.ended;
        replicas[replicas.indexOf(victim)] = await start();
        expect((await bare(`/wizard/${id}/analyze`)).body).toMatchObject({
          step: 'finalize',
          title: 'The Palier Handbook',
        });
        expect((await post(`/wizard/${id}/metadata`, { publisher: 'Another house' })).status).toBe(200);
        expect((await post(`/wizard/${id}/options`, { source: 'HYBRiD' })).status).toBe(200);
        expect((await post(`/wizard/${id}/templates`, { template: 'short' })).status).toBe(200);
        const finalized = await bare(`/wizard/${id}/finalize`);
        expect(finalized.status).toBe(202);
        // Nobody packs yet; the job waits for whoever does.
        expect((await get(`/jobs/${finalized.body.job_id}`)).body.status).toBe('pending');
        const worker = await start({ PACKERS: '1' });
        expect(await ended(finalized.body.job_id)).toMatchObject({ status: 'completed' });
        expect((await get(`/releases/${id}`)).body).toMatchObject({
          status: 'completed',
          name: 'The.Palier.authors.The.Palier.Handbook.2026.HYBRiD.EPUB.eBOOK-PALIER',
        });
        await acceptedByTools(id);
        await worker.process.stop();
      },
      3 * waitMs,
    );

    test.skipIf(unzip.options.skip)(
      'kill -9 of whoever packs, in the middle of it, loses nothing: another one packs the release, once',
      async () => {
        const { id } = (await post('/wizard/draft', { group: 'PALIER', release_type: 'EBOOK' })).body;
        expect((await upload(id, await largeBook())).status).toBe(200);
        expect((await bare(`/wizard/${id}/analyze`)).body.step).toBe('finalize');
        let job = (await bare(`/wizard/${id}/finalize`)).body.job_id;
        const lines = async (): Promise<string[]> =>
          (await get(`/jobs/${job}/logs`)).body.items.map(({ line }: { line: string }) => line);
        // A fast worker may have ended before the signal comes: then it is packed again, until one is killed in the middle.
        for (let tries = 0; ; tries++) {
          expect(tries).toBeLessThan(10);
          const first = await start({ PACKERS: '1' });
          await expect
            .poll(lines, { timeout: waitMs, interval: 1 })
            .toContainEqual(expect.stringMatching(/01\.zip: \d+ bytes/));
          first.process.child.kill('SIGKILL');
          await first.process.ended;
          if ((await get(`/jobs/${job}`)).body.status === 'running') break;
          job = (await bare(`/releases/${id}/actions/repack`)).body.id;
        }
        const second = await start({ PACKERS: '1' });
        expect(await ended(job)).toMatchObject({ status: 'completed', reason: null });
        // By more than one worker, however often a busy machine has taken one for lost.
        expect((await lines()).filter((line) => /^Attempt \d+ begins/.test(line)).length).toBeGreaterThan(1);
        // Told when all of it is committed.
        await expect.poll(lines, { timeout: waitMs }).toContain('Done.');
        await acceptedByTools(id);
        const { items } = (await get(`/releases/${id}/files`)).body;
        expect(new Set(items.map(({ name }: { name: string }) => name)).size).toBe(items.length);
        await second.process.stop();
      },
      3 * waitMs,
    );
  });
}

/** The least that is an EPUB, and 100 MB that do not compress: twenty-one volumes. */
async function largeBook(): Promise<Buffer> {
  const zip = new ZipFile();
  const container = '<container><rootfiles><rootfile full-path="b.opf"/></rootfiles></container>';
  zip.addBuffer(Buffer.from(container), 'META-INF/container.xml');
  zip.addBuffer(Buffer.from('<package><metadata><title>A large book</title></metadata></package>'), 'b.opf');
  zip.addBuffer(randomBytes(100_000_000), 'pictures', { compress: false });
  zip.end();
  return buffer(zip.outputStream as Readable);
}
