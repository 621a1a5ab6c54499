/**
 * The pages in a real browser, against the real service. Needs Chromium: `apt-get install chromium`; left out visibly where it is missing,
 * required with CI=true. `SCREENSHOTS=folder` keeps a picture of each page.
 */
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import axe from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loginOf, seedPassword } from '../seed/people.ts';
import { addresses } from './routes.ts';
import { bearerOf, type Installation, install, type Replica, request } from '../testing/running.ts';

const program = ['chromium', 'chromium-browser', 'google-chrome'].find(
  (name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0,
);
const wide = { width: 1280, height: 900 };
const phone = { width: 390, height: 844 };

it.runIf(process.env['CI'] === 'true')('Chromium is there, since CI=true (apt-get install chromium)', () => {
  expect(program).toBeDefined();
});

describe.skipIf(program === undefined)('the pages in Chromium (apt-get install chromium)', () => {
  let installation: Installation;
  let replica: Replica;
  let browser: Browser;

  beforeAll(async () => {
    installation = await install(true);
    replica = await installation.start();
    const executablePath = spawnSync('which', [program as string])
      .stdout.toString()
      .trim();
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  });
  afterAll(async () => {
    await browser?.close();
    await installation?.[Symbol.asyncDispose]();
  });

  /** A page with nothing remembered, and what went wrong in it. */
  async function open(path: string, locale = 'en-GB', viewport = wide): Promise<{ page: Page; troubles: string[] }> {
    const context = await browser.newContext({ baseURL: replica.url, locale, viewport });
    const page = await context.newPage();
    const troubles: string[] = [];
    page.on('pageerror', ({ message }) => troubles.push(message));
    page.on('console', (message) => {
      // That a request was refused is told to the reader; the browser says it besides.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
        troubles.push(message.text());
    });
    await page.goto(path);
    return { page, troubles };
  }

  async function logIn(page: Page, number = 1): Promise<void> {
    await page.locator('input[name=login]').fill(loginOf(number));
    await page.locator('input[name=password]').fill(seedPassword);
    await page.locator('main form button').click();
    await page.locator('header nav').waitFor();
  }

  async function seen(page: Page, name: string): Promise<void> {
    await page.locator('main:not([aria-busy])').waitFor();
    const folder = process.env['SCREENSHOTS'];
    if (folder !== undefined) await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
  }

  /** What axe calls serious or critical, by rule and place. */
  async function barriers(page: Page): Promise<string[]> {
    // Through the debugger, which no policy of the page holds back.
    await page.evaluate(axe.source);
    const found = await page.evaluate(
      "axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })",
    );
    const { violations } = found as { violations: { id: string; impact: string; nodes: { html: string }[] }[] };
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
  }

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
    const { body } = await request(`${replica.url}/api/releases?per_page=1`, {
      headers: await bearerOf(replica.url, 1),
    });
    for (const address of addresses.filter((one) => one !== '/wizard/:id')) {
      await page.goto(address.replace(':id', body.items[0].id));
      await page.locator('main:not([aria-busy]) h1').waitFor();
      titles.add(await page.title());
    }
    expect([...titles].join()).not.toContain('No such page');
    expect(titles.size).toBe(addresses.length - 1);
    expect(troubles).toEqual([]);
  });

  it('leads to no foreign address, whatever stands in its own', async () => {
    for (const to of ['//example.com/', '/\\example.com', 'https://example.com/', 'javascript:alert(1)']) {
      const { page } = await open(`/login?to=${encodeURIComponent(to)}`);
      await logIn(page);
      expect(new URL(page.url()).pathname).toBe('/');
      expect(page.url().startsWith(replica.url)).toBe(true);
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
    await second.goto(`${replica.url}/releases`);
    await second.locator('main table').waitFor();
    await page.locator('.account button').last().click();
    await page.waitForURL('**/login');
    await second.waitForURL('**/login?to=*');
    const me = () => request(`${replica.url}/api/auth/me`, { headers: { authorization: `Bearer ${accessToken}` } });
    await expect.poll(async () => (await me()).status).toBe(401);
  });

  /** As far as the page on which the draft is checked. */
  async function uploadHandbook(page: Page): Promise<void> {
    await page.goto('/wizard');
    await page.locator('input[name=group]').fill('palier');
    await page.locator('input[name=file]').setInputFiles(installation.folder.file('handbook.epub'));
    await page.locator('main form button').click();
    await page.waitForURL('**/wizard/*');
    await page.locator('form.draft').waitFor();
  }

  it('packs a book from the upload to files that can be downloaded, and says what was filled in', async () => {
    const { page, troubles } = await open('/');
    await logIn(page);
    await uploadHandbook(page);
    expect(await page.locator('input[name=title]').inputValue()).toBe('The Palier Handbook');
    expect(await page.locator('input[name=creators]').inputValue()).toBe('The Palier authors');
    await page.locator('input[name=title]').fill('A Handbook <b>of</b> Landings');
    await page.locator('select[name=source]').selectOption('SCAN');
    await page.locator('select[name=template]').selectOption({ index: 1 });
    await page.locator('button[value=save]').click();
    await expect.poll(() => page.locator('h1').textContent()).toBe('A Handbook <b>of</b> Landings');
    expect(await page.locator('select[name=source]').inputValue()).toBe('SCAN');
    expect(await page.locator('pre').textContent()).toContain('A Handbook <b>of</b> Landings');
    await page.locator('button[value=pack]').click();
    await page.waitForURL('**/releases/*');
    await page.locator('.status.completed').waitFor();
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
    await page.locator('input[name=file]').setInputFiles(installation.folder.file('handbook.epub'));
    await page.locator('main form button').click();
    await page.locator('form.draft').waitFor();
    expect(troubles).toEqual([]);
  });

  it.each([
    ['en-GB', 'wide', wide],
    ['fr-FR', 'wide', wide],
    ['en-GB', 'phone', phone],
    ['fr-FR', 'phone', phone],
  ] as const)(
    'has no serious barrier, no script error and no sideways scrolling: %s, %s',
    async (locale, name, size) => {
      const { page, troubles } = await open('/login', locale, size);
      const tooWide = (): Promise<unknown> => page.evaluate('document.documentElement.scrollWidth - innerWidth');
      const look = async (what: string): Promise<void> => {
        await seen(page, `${what}-${locale.slice(0, 2)}-${name}`);
        expect([what, await barriers(page), await tooWide()]).toEqual([what, [], 0]);
      };
      expect(await page.locator('html').getAttribute('lang')).toBe(locale.slice(0, 2));
      await look('login');
      await logIn(page);
      await page.locator('.tiles').waitFor();
      await look('dashboard');
      await page.goto('/releases');
      await page.locator('main table').waitFor();
      await look('list');
      await page.locator('main tbody a').first().click();
      await page.locator('.facts').first().waitFor();
      await look('release');
      await page.goto('/wizard');
      await page.locator('input[type=file]').waitFor();
      await look('wizard');
      await uploadHandbook(page);
      await look('draft');
      await page.locator('button[value=pack]').click();
      await page.waitForURL('**/releases/*');
      await page.locator('.status.completed').waitFor();
      await look('packed');
      expect(troubles).toEqual([]);
    },
  );

  it('is one small bundle: every script and style, compressed', async () => {
    const shell = String((await request(`${replica.url}/login`)).body);
    const paths = new Set([...shell.matchAll(/(?:src|href)="(\/pages\/[^"]+\.(?:ts|css))"/g)].map(([, path]) => path));
    const sizes = await Promise.all(
      [...paths].map(async (path) => {
        const { headers } = await fetch(`${replica.url}${path}`, { headers: { 'accept-encoding': 'br' } });
        expect(headers.get('cache-control')).toContain('immutable');
        return Number(headers.get('content-length'));
      }),
    );
    expect(sizes.length).toBeGreaterThan(10);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(30_000);
  });
});
