/** The real service and a real browser for tests of the pages. Needs Chromium: `apt-get install chromium`. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import axe from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';
import { loginOf, seedPassword } from '../../seed/people.ts';
import { bearerOf, type Installation, install, type Replica, request } from '../../testing/running.ts';
import type { Address } from '../browser/addresses.ts';

export interface Visiting extends AsyncDisposable {
  readonly installation: Installation;
  readonly replica: Replica;
  /** A page with nothing remembered, and what went wrong in it. */
  open(path: string, options?: OpenOptions): Promise<{ readonly page: Page; readonly troubles: string[] }>;
  /** As far as the page on which a new draft is checked. */
  uploadHandbook(page: Page): Promise<void>;
  /** An address with the ids of things that are there. */
  addressOf(address: Exclude<Address, '/wizard/:id'>): Promise<string>;
}

export interface OpenOptions {
  readonly locale?: string;
  readonly viewport?: { readonly width: number; readonly height: number };
  readonly colorScheme?: 'light' | 'dark';
}

/** A busy machine is no failed test. */
const patienceMs = 60_000;

export const wide = { width: 1280, height: 900 };
export const phone = { width: 360, height: 740 };

/** Undefined: there is none. */
export const program: string | undefined = ['chromium', 'chromium-browser', 'google-chrome'].find(
  (name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0,
);

/** `env`: of the service. */
export async function startVisiting(env: Readonly<Record<string, string>> = {}): Promise<Visiting> {
  await using opening = new AsyncDisposableStack();
  const installation = opening.use(await install(true));
  const replica = await installation.start(env);
  const executablePath = spawnSync('which', [program as string])
    .stdout.toString()
    .trim();
  const browser: Browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  opening.defer(() => browser.close());
  const opened = opening.move();
  return {
    installation,
    replica,
    async open(path, { locale = 'en-GB', viewport = wide, colorScheme = 'light' } = {}) {
      const context = await browser.newContext({ baseURL: replica.url, locale, viewport, colorScheme });
      context.setDefaultTimeout(patienceMs);
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
    },
    async uploadHandbook(page) {
      await page.goto('/wizard');
      await page.locator('input[name=group]').fill('palier');
      await page.locator('select[name=rule_id]').selectOption({ index: 1 });
      await page.locator('input[name=file]').setInputFiles(installation.folder.file('handbook.epub'));
      await page.locator('main form button').click();
      await page.waitForURL('**/wizard/*');
      await page.locator('form.draft').waitFor();
    },
    async addressOf(address) {
      if (!address.endsWith('/:id')) return address;
      const { body } = await request(`${replica.url}/api${address.replace('/:id', '')}`, {
        headers: await bearerOf(replica.url, 1),
      });
      return address.replace(':id', body.items[0].id);
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/** By default as the administrator. */
export async function logIn(page: Page, number = 1): Promise<void> {
  await page.locator('input[name=login]').fill(loginOf(number));
  await page.locator('input[name=password]').fill(seedPassword);
  await page.locator('main form button').click();
  await page.locator('header nav').waitFor();
}

/** Once it is drawn. `SCREENSHOTS=folder` keeps a picture of it. */
export async function seen(page: Page, name: string): Promise<void> {
  await page.locator('main:not([aria-busy]) h1').waitFor();
  const folder = process.env['SCREENSHOTS'];
  if (folder !== undefined) await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}

/** What axe calls serious or critical, by rule and place. */
export async function barriers(page: Page): Promise<string[]> {
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
