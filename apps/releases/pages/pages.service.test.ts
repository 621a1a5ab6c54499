/**
 * The pages in a real browser, against the real service. Needs Chromium: `apt-get install chromium`; left out visibly where it is missing,
 * required with CI=true. `SCREENSHOTS=folder` keeps a picture of each page.
 */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seedPassword } from '../seed/people.ts';
import { request } from '../testing/running.ts';
import { addresses } from './browser/addresses.ts';
import { barriers, logIn, phone, program, seen, startVisiting, type Visiting, wide } from './testing/visiting.ts';

it.runIf(process.env['CI'] === 'true')('Chromium is there, since CI=true (apt-get install chromium)', () => {
  expect(program).toBeDefined();
});

describe.skipIf(program === undefined)('the pages in Chromium (apt-get install chromium)', () => {
  let visiting: Visiting;
  let open: Visiting['open'];
  let uploadHandbook: Visiting['uploadHandbook'];
  let url: string;

  beforeAll(async () => {
    visiting = await startVisiting();
    ({ open, uploadHandbook } = visiting);
    url = visiting.replica.url;
  });
  afterAll(() => visiting?.[Symbol.asyncDispose]());

  it('leads whoever is not logged in to the login, and from there to where they wanted to go', async () => {
    const { page, troubles } = await open('/releases?status=failed');
    await page.waitForURL('**/login?to=*');
    await logIn(page);
    await page.waitForURL('**/releases?status=failed');
    await page.locator('main table').waitFor();
    for (const text of await page.locator('main tbody .status').allTextContents()) expect(text).toBe('failed');
    expect(troubles).toEqual([]);
  });

  it('has a page at every address that the service answers with it', async () => {
    const { page, troubles } = await open('/');
    await logIn(page);
    const titles = new Set<string>();
    const others = addresses.filter((one) => one !== '/wizard/:id');
    for (const address of others) {
      await page.goto(await visiting.addressOf(address));
      await page.locator('main:not([aria-busy]) h1').waitFor();
      titles.add(await page.title());
    }
    expect([...titles].join()).not.toContain('No such page');
    expect(titles.size).toBe(others.length);
    expect(troubles).toEqual([]);
  });

  it('leads to no foreign address, whatever stands in its own', async () => {
    for (const to of ['//example.com/', '/\\example.com', 'https://example.com/', 'javascript:alert(1)']) {
      const { page } = await open(`/login?to=${encodeURIComponent(to)}`);
      await logIn(page);
      expect(new URL(page.url()).pathname).toBe('/');
      expect(page.url().startsWith(url)).toBe(true);
      await page.context().close();
    }
  });

  it('says what was wrong with a login, and lets nobody in', async () => {
    const { page } = await open('/login');
    await page.locator('input[name=login]').fill('user001');
    await page.locator('input[name=password]').fill('wrong');
    await page.locator('main form button').click();
    await expect.poll(() => page.locator('[role=alert]').textContent()).toContain('do not belong together');
    expect(await page.locator('header nav').count()).toBe(0);
  });

  it('searches, filters, sorts and pages, keeps it in the address, and finds back', async () => {
    const { page, troubles } = await open('/');
    await logIn(page);
    await page.locator('header nav a[href="/releases"]').click();
    await page.locator('select[name=release_type]').selectOption('GAME');
    await page.waitForURL('**/releases?release_type=GAME');
    await page.locator('input[name=search]').fill('caf');
    await page.locator('input[name=search]').press('Enter');
    await page.waitForURL('**/releases?search=caf&release_type=GAME');
    await expect.poll(() => page.locator('main tbody th').first().textContent()).toMatch(/caf/i);
    await page.locator('select[name=sort_by]').selectOption('title');
    await page.waitForURL('**sort_by=title**');
    await page.goto('/releases');
    await page.locator('.paging button').last().click();
    await page.waitForURL('**/releases?page=2');
    await expect.poll(() => page.locator('.paging span').textContent()).toContain('Page 2 of');
    await page.goBack();
    await expect.poll(() => page.locator('.paging span').textContent()).toContain('Page 1 of');
    expect(troubles).toEqual([]);
  });

  it('is used by keys alone: from the login through the ways to the next page of a list, without losing the place', async () => {
    const { page } = await open('/login');
    const focused = (): Promise<unknown> =>
      page.evaluate("document.activeElement.getAttribute('name') ?? document.activeElement.textContent");
    const tabTo = async (wanted: string): Promise<void> => {
      for (let pressed = 0; pressed < 60 && (await focused()) !== wanted; pressed++) await page.keyboard.press('Tab');
      expect(await focused()).toBe(wanted);
    };
    await tabTo('login');
    await page.keyboard.type('user001');
    await tabTo('password');
    await page.keyboard.type(seedPassword);
    await page.keyboard.press('Enter');
    await expect.poll(focused).toBe('Overview');
    await page.reload();
    await page.locator('.tiles').waitFor();
    await tabTo('To the content');
    await tabTo('Overview');
    await tabTo('Releases');
    await page.keyboard.press('Enter');
    await page.locator('main table').waitFor();
    await expect.poll(focused).toBe('Releases');
    await tabTo('Next');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('.paging span').textContent()).toContain('Page 2 of');
    await expect.poll(() => page.evaluate("document.activeElement.getAttribute('role')")).toBe('region');
    await tabTo('Previous');
  });

  it('keeps the login over a reload, refreshes it when it is over, and ends it everywhere at once', async () => {
    const { page } = await open('/');
    await logIn(page);
    await page.reload();
    await page.locator('.tiles').waitFor();
    // The access token of somebody whose computer slept: no longer good, and the refresh token is.
    await page.evaluate(
      "localStorage.setItem('releases.login', JSON.stringify({ ...JSON.parse(localStorage.getItem('releases.login')), accessToken: 'over' }))",
    );
    await page.reload();
    await page.locator('.tiles').waitFor();
    const kept = await page.evaluate("JSON.parse(localStorage.getItem('releases.login'))");
    const { accessToken } = kept as { accessToken: string };
    expect(accessToken).not.toBe('over');
    const second = await page.context().newPage();
    await second.goto(`${url}/releases`);
    await second.locator('main table').waitFor();
    await page.locator('.account button').last().click();
    await page.waitForURL('**/login');
    await second.waitForURL('**/login?to=*');
    const me = () => request(`${url}/api/auth/me`, { headers: { authorization: `Bearer ${accessToken}` } });
    await expect.poll(async () => (await me()).status).toBe(401);
  });

  it('packs a book from the upload to files that can be downloaded, and says what was filled in', async () => {
    const { page, troubles } = await open('/');
    await logIn(page);
    await uploadHandbook(page);
    expect(await page.locator('input[name=title]').inputValue()).toBe('The Palier Handbook');
    expect(await page.locator('input[name=creators]').inputValue()).toBe('The Palier authors');
    await page.locator('input[name=title]').fill('A Handbook <b>of</b> Landings');
    await page.locator('select[name=source]').selectOption('SCAN');
    await page.locator('select[name=kind]').selectOption('COMiC');
    await page.locator('input[name=issue]').fill('7');
    await page.locator('select[name=template]').selectOption({ index: 1 });
    await page.locator('button[value=save]').click();
    await expect.poll(() => page.locator('h1').textContent()).toBe('A Handbook <b>of</b> Landings');
    expect(await page.locator('select[name=source]').inputValue()).toBe('SCAN');
    expect(await page.locator('pre').textContent()).toContain('A Handbook <b>of</b> Landings');
    await page.locator('button[value=pack]').click();
    await page.waitForURL('**/releases/*');
    await page.locator('.status.completed').waitFor();
    expect(await page.locator('caption').first().textContent()).toContain('COMiC');
    const names = await page.locator('main table tbody th button').allTextContents();
    expect(names.join(' ')).toMatch(/\.zip/);
    const files = page.locator('main table tbody th button');
    const [taken] = await Promise.all([
      page.waitForEvent('download'),
      files.filter({ hasText: '.nfo' }).first().click(),
    ]);
    expect(await readFile(await taken.path(), 'latin1')).toContain('A Handbook');
    expect(troubles).toEqual([]);
  });

  it('finds a draft again where it was left', async () => {
    const { page } = await open('/');
    await logIn(page, 2);
    await uploadHandbook(page);
    const { pathname } = new URL(page.url());
    await page.goto(pathname.replace('wizard', 'releases'));
    await page.locator(`a[href="${pathname}"]`).click();
    await page.locator('form.draft').waitFor();
    expect(await page.locator('h1').textContent()).toBe('The Palier Handbook');
  });

  it('shows nothing of the packing to somebody else', async () => {
    const { page } = await open('/');
    await logIn(page, 2);
    await uploadHandbook(page);
    const { pathname } = new URL(page.url());
    const other = await open(pathname);
    await logIn(other.page, 3);
    await expect.poll(() => other.page.locator('[role=alert]').textContent()).toContain('does not exist');
  });

  it('shows why a file is no book, keeps what was filled in, and takes another one', async () => {
    const { page, troubles } = await open('/wizard');
    await logIn(page);
    await page.locator('input[name=group]').fill('palier');
    const name = '<img src=x onerror=alert(1)>.epub';
    const file = { name, mimeType: 'application/epub+zip', buffer: Buffer.from('no') };
    await page.locator('input[name=file]').setInputFiles(file);
    await page.locator('main form button').click();
    await expect.poll(() => page.locator('[role=alert]').textContent()).toContain('no ZIP archive');
    expect(await page.locator('input[name=group]').inputValue()).toBe('palier');
    await page.locator('input[name=file]').setInputFiles(visiting.installation.folder.file('handbook.epub'));
    await page.locator('main form button').click();
    await page.locator('form.draft').waitFor();
    expect(troubles).toEqual([]);
  });

  it.each([
    ['en-GB', 'wide', wide, 'light'],
    ['fr-FR', 'wide', wide, 'dark'],
    ['en-GB', 'phone', phone, 'dark'],
    ['fr-FR', 'phone', phone, 'light'],
  ] as const)(
    'has no serious barrier, no script error and no sideways scrolling: %s, %s',
    async (locale, name, viewport, colorScheme) => {
      const { page, troubles } = await open('/login', { locale, viewport, colorScheme });
      const tooWide = (): Promise<unknown> => page.evaluate('document.documentElement.scrollWidth - innerWidth');
      const look = async (what: string): Promise<void> => {
        await seen(page, `${what}-${locale.slice(0, 2)}-${name}`);
        expect([what, await barriers(page), await tooWide()]).toEqual([what, [], 0]);
      };
      expect(await page.locator('html').getAttribute('lang')).toBe(locale.slice(0, 2));
      await look('login');
      await logIn(page);
      for (const address of addresses) {
        if (address === '/login' || address === '/wizard/:id') continue;
        await page.goto(await visiting.addressOf(address));
        await look(address.replaceAll('/', '_').replace(':', ''));
      }
      await uploadHandbook(page);
      await page.locator('select[name=template]').selectOption('');
      await look('draft');
      await page.locator('button[value=pack]').click();
      await page.waitForURL('**/releases/*');
      await page.locator('.status.completed').waitFor();
      await look('packed');
      expect(troubles).toEqual([]);
    },
  );

  it('is guarded: a document by its policy, everything by its type and origin', async () => {
    const document = await fetch(`${url}/login`);
    expect(document.headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'");
    expect(document.headers.get('cross-origin-opener-policy')).toBe('same-origin');
    const [script = ''] = /\/pages\/[^"]+\/main\.ts/.exec(await document.text()) ?? [];
    for (const { headers } of [document, await fetch(url + script)]) {
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
    }
  });

  it('is one small bundle: every script and style, compressed', async () => {
    const shell = String((await request(`${url}/login`)).body);
    const paths = new Set([...shell.matchAll(/(?:src|href)="(\/pages\/[^"]+\.(?:ts|css))"/g)].map(([, path]) => path));
    const sizes = await Promise.all(
      [...paths].map(async (path) => {
        const { headers } = await fetch(`${url}${path}`, { headers: { 'accept-encoding': 'br' } });
        expect(headers.get('cache-control')).toContain('immutable');
        return Number(headers.get('content-length'));
      }),
    );
    expect(sizes.length).toBeGreaterThan(10);
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    console.log(`The pages' bundle: ${bytes} bytes in ${sizes.length} files.`);
    expect(bytes).toBeLessThan(30_000);
  });
});
