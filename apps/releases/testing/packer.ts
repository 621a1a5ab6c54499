/** A book's way through the wizard and the queue, for tests: each step as one call, at an application inside the test's process. */
import { expect } from 'vitest';
import { packHandlers } from '../jobs/work.ts';
import type { Shop } from '../web/shop.ts';
import type { Inside, Told } from './inside.ts';

export interface Packer {
  step(number: number, id: string, name: string, body?: unknown): Promise<Told>;
  upload(number: number, id: string, file: Uint8Array): Promise<Told>;
  draftOf(number: number): Promise<string>;
  /** A draft with the book, analyzed. */
  analyzed(number: number, book: Uint8Array): Promise<string>;
  /** Works off what is in the queue until the job has ended. */
  worked(jobId: string, change?: (shop: Shop) => Shop): Promise<Told>;
  fileNamed(number: number, id: string, ending: string): Promise<{ url: string; name: string; directory: string }>;
  download(number: number, url: string): Promise<Buffer>;
  /** What a job tells of its attempts. */
  attemptsOf(jobId: string): Promise<string[]>;
}

/** `inside` is asked at each call: a test makes it before all of them. Its workers are those of the tests: PACKERS is 0. */
export function packer(inside: () => Inside): Packer {
  const step = (number: number, id: string, name: string, body?: unknown): Promise<Told> =>
    inside().ask(number, 'POST', `/api/wizard/${id}/${name}`, body);

  const upload = (number: number, id: string, file: Uint8Array): Promise<Told> =>
    inside().upload(number, `/api/wizard/${id}/upload`, file, 'book.epub');

  async function draftOf(number: number): Promise<string> {
    const { status, body } = await inside().ask(number, 'POST', '/api/wizard/draft', {
      group: 'quarto',
      release_type: 'EBOOK',
    });
    expect([status, body.step, body.status]).toEqual([201, 'upload', 'draft']);
    return body.id;
  }

  /** A draft with the book, analyzed. */
  async function analyzed(number: number, book: Uint8Array): Promise<string> {
    const id = await draftOf(number);
    expect((await upload(number, id, book)).body).toMatchObject({
      step: 'analyze',
      file: { bytes: book.length, available: true },
    });
    expect((await step(number, id, 'analyze')).body).toMatchObject({ step: 'finalize' });
    return id;
  }

  /** Works off what is in the queue until the job has ended. */
  async function worked(jobId: string, change: (shop: Shop) => Shop = (shop) => shop): Promise<Told> {
    await using _ = await inside().shop.queue.work(packHandlers(change(inside().shop)));
    await expect
      .poll(async () => (await inside().ask(1, 'GET', `/api/jobs/${jobId}/status`)).body.status, { timeout: 20_000 })
      .toMatch(/completed|failed|cancelled/);
    return inside().ask(1, 'GET', `/api/jobs/${jobId}`);
  }

  async function fileNamed(
    number: number,
    id: string,
    ending: string,
  ): Promise<{ url: string; name: string; directory: string }> {
    const { body } = await inside().ask(number, 'GET', `/api/releases/${id}/files`);
    return body.items.find((file: { name: string }) => file.name.endsWith(ending));
  }

  async function download(number: number, url: string): Promise<Buffer> {
    const { accessToken } = await inside().shop.tokens.open(await inside().idOf(number));
    const answer = await inside().app.inject({ url, headers: { authorization: `Bearer ${accessToken}` } });
    expect(answer.statusCode).toBe(200);
    // No browser shows it as a page of ours.
    expect(answer.headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'content-disposition': expect.stringMatching(/^attachment; filename="[A-Za-z0-9.-]+"$/),
    });
    return answer.rawPayload;
  }

  /** What a job tells of its attempts. */
  async function attemptsOf(jobId: string): Promise<string[]> {
    const { items } = (await inside().ask(1, 'GET', `/api/jobs/${jobId}/logs`)).body;
    return items.map(({ line }: { line: string }) => line).filter((line: string) => line.startsWith('Attempt'));
  }
  return { step, upload, draftOf, analyzed, worked, fileNamed, download, attemptsOf };
}

/** Status and code of a refusal. */
export const fault = ({ status, body }: Told): unknown => [status, body.error];
