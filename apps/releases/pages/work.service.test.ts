/** The pages for the work on releases: jobs, what can be made of a packed release, one's own NFO, a book by its address. As pages.service.test.ts. */
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { logIn, program, startVisiting, type Visiting } from './testing/visiting.ts';

describe.skipIf(program === undefined)('the pages for the work on releases (apt-get install chromium)', () => {
  let visiting: Visiting;

  // Nobody packs until a test asks for it: what waits can be looked at.
  beforeAll(async () => {
    visiting = await startVisiting({ PACKERS: '0' });
  });
  afterAll(() => visiting?.[Symbol.asyncDispose]());

  async function enter(number = 1): Promise<{ page: Page; troubles: string[] }> {
    const opened = await visiting.open('/');
    await logIn(opened.page, number);
    return opened;
  }

  it('shows a job that waits, calls it off, orders it again, and tells how it was done', async () => {
    const { page, troubles } = await enter();
    await visiting.uploadHandbook(page);
    await page.locator('button[value=pack]').click();
    await page.waitForURL('**/releases/*');
    await page.locator('progress').waitFor();
    await page.goto('/jobs?status=pending');
    await page.locator('main tbody th a').first().click();
    await page.waitForURL('**/jobs/*');
    const first = page.url();
    await page.getByRole('button', { name: 'Cancel it' }).click();
    await page.locator('.facts .status.cancelled').waitFor();
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.locator('.facts .status.pending').waitFor();
    expect(page.url()).not.toBe(first);
    await visiting.installation.start();
    await page.locator('.facts .status.completed').waitFor();
    await expect.poll(() => page.locator('.log').textContent()).toContain('Done.');
    expect(await page.locator('.log').textContent()).toMatch(/\.zip: \d+ bytes/);
    expect(troubles).toEqual([]);
  });

  it('packs with a text of one’s own as the NFO, and puts a corrected one beside it', async () => {
    await visiting.installation.start();
    const { page, troubles } = await enter(2);
    await visiting.uploadHandbook(page);
    await page.locator('select[name=template]').selectOption('');
    const text = page.locator('textarea[name=content]');
    expect(await text.inputValue()).toContain('{title}');
    await text.fill('Ours: {title} by {authors} <b>&');
    await page.locator('button[value=save]').click();
    const preview = page.getByRole('region', { name: 'How the NFO will look' });
    await expect.poll(() => preview.textContent()).toContain('Ours: The Palier Handbook by The Palier authors <b>&');
    await page.reload();
    expect(await page.locator('select[name=template]').inputValue()).toBe('');
    expect(await text.inputValue()).toBe('Ours: {title} by {authors} <b>&');
    await page.locator('button[value=pack]').click();
    await page.waitForURL('**/releases/*');
    await page.locator('.status.completed').waitFor();
    const nfo = page.locator('main table tbody th button').filter({ hasText: '.nfo' });
    const [taken] = await Promise.all([page.waitForEvent('download'), nfo.first().click()]);
    expect(await readFile(await taken.path(), 'latin1')).toContain('Ours: The Palier Handbook by The Palier authors');
    await page.locator('button[value=nfofix]').click();
    await page.locator('caption', { hasText: 'NFOFiX' }).waitFor();
    expect(troubles).toEqual([]);
  });

  it('sends the address of a book to the service, which fetches it from the public internet alone', async () => {
    const { page, troubles } = await enter();
    await page.goto('/wizard');
    await page.locator('input[name=group]').fill('palier');
    await page.locator('input[name=url]').fill(`${visiting.replica.url}/book.epub`);
    await page.locator('main form button').click();
    await expect.poll(() => page.locator('[role=alert]').textContent()).toContain('public internet');
    expect(await page.locator('input[name=group]').inputValue()).toBe('palier');
    // A file that is chosen then counts, not the address.
    await page.locator('input[name=file]').setInputFiles(visiting.installation.folder.file('handbook.epub'));
    expect(await page.locator('input[name=url]').inputValue()).toBe('');
    await page.locator('main form button').click();
    await page.locator('form.draft').waitFor();
    expect(troubles).toEqual([]);
  });

  it('offers nothing of this to who does not own the release', async () => {
    const { page } = await enter(3);
    await page.goto('/releases?status=completed');
    await page.locator('main tbody a').first().click();
    await page.locator('.facts').first().waitFor();
    expect(await page.locator('main button').count()).toBe(0);
  });
});
