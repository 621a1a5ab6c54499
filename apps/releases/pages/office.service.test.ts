/** The pages for rules, accounts, roles and one's own account. As pages.service.test.ts. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seedPassword } from '../seed/people.ts';
import { bearerOf, postJson, request } from '../testing/running.ts';
import { logIn, program, startVisiting, type Visiting } from './testing/visiting.ts';

describe.skipIf(program === undefined)('the pages for rules, accounts and roles (apt-get install chromium)', () => {
  let visiting: Visiting;

  beforeAll(async () => {
    visiting = await startVisiting();
  });
  afterAll(() => visiting?.[Symbol.asyncDispose]());

  async function enter(number = 1): Promise<{ page: Page; troubles: string[] }> {
    const opened = await visiting.open('/');
    await logIn(opened.page, number);
    return opened;
  }
  const ways = (page: Page): Promise<string[]> => page.locator('header nav a').allTextContents();
  const heading = (page: Page): Promise<string | null> => page.locator('h1').textContent();
  const save = (page: Page): Promise<void> => page.getByRole('button', { name: 'Save' }).click();
  const alert = (page: Page): Promise<string | null> => page.locator('[role=alert]').first().textContent();
  async function remove(page: Page): Promise<void> {
    page.once('dialog', (dialog) => void dialog.accept());
    await page.getByRole('button', { name: 'Remove' }).click();
  }

  it('shows administrators the ways to accounts and roles, and others neither these nor what they lead to', async () => {
    const administrator = await enter();
    expect(await ways(administrator.page)).toEqual([
      'Overview',
      'Releases',
      'New release',
      'Jobs',
      'Rules',
      'Accounts',
      'Roles',
    ]);
    const { page } = await enter(3);
    expect(await ways(page)).toEqual(['Overview', 'Releases', 'New release', 'Jobs', 'Rules']);
    const headers = await bearerOf(visiting.replica.url, 3);
    for (const path of ['/users', '/roles']) {
      await page.goto(path);
      await expect.poll(() => alert(page)).toContain('may not do this');
      expect(await page.locator('main table').count()).toBe(0);
      expect((await request(`${visiting.replica.url}/api${path}`, { headers })).status).toBe(403);
    }
    await page.goto('/rules');
    await page.locator('main tbody a').first().click();
    await page.locator('pre').waitFor();
    expect(await page.locator('main form, main button').count()).toBe(0);
  });

  it('makes an account, gives it rights that count at once, and removes it', async () => {
    const { page, troubles } = await enter();
    await page.locator('header nav a[href="/users"]').click();
    await page.getByRole('link', { name: 'New account' }).click();
    await page.locator('input[name=login]').fill('ada');
    await page.locator('input[name=name]').fill('Ada <i>Byron</i>');
    await page.locator('input[name=password]').fill('a long secret');
    await page.getByRole('checkbox', { name: 'packer' }).check();
    await save(page);
    await expect.poll(() => heading(page)).toBe('Ada <i>Byron</i>');
    const ada = (await visiting.open('/')).page;
    await ada.locator('input[name=login]').fill('ada');
    await ada.locator('input[name=password]').fill('a long secret');
    await ada.locator('input[name=password]').press('Enter');
    await ada.locator('header nav').waitFor();
    expect(await ways(ada)).not.toContain('Roles');
    await page.getByRole('checkbox', { name: 'administrator' }).check();
    await save(page);
    await expect.poll(() => page.locator('form [role=status]').textContent()).toBe('Saved.');
    await ada.reload();
    await expect.poll(() => ways(ada)).toContain('Roles');
    await remove(page);
    await page.locator('main table').waitFor();
    await ada.goto('/releases');
    await ada.waitForURL('**/login?to=*');
    expect(troubles).toEqual([]);
  });

  it('says why an account cannot be made or changed, and keeps what was filled in', async () => {
    const { page } = await enter();
    await page.goto('/users/new');
    await page.locator('input[name=login]').fill('user002');
    await page.locator('input[name=name]').fill('Somebody');
    await page.locator('input[name=password]').fill('a long secret');
    await save(page);
    await expect.poll(() => alert(page)).toContain('user002 is taken');
    expect(await page.locator('input[name=name]').inputValue()).toBe('Somebody');
    await page.goto('/users');
    await page.locator('main').getByRole('link', { name: 'user001' }).click();
    await page.getByRole('checkbox', { name: 'administrator' }).uncheck();
    await save(page);
    await expect.poll(() => alert(page)).toContain('one of your own rights');
  });

  it('makes, changes and removes a role', async () => {
    const { page, troubles } = await enter();
    await page.goto('/roles/new');
    await page.locator('input[name=name]').fill('reader');
    await page.getByRole('checkbox', { name: 'read rules' }).check();
    await save(page);
    await page.getByRole('button', { name: 'Remove' }).waitFor();
    await page.getByRole('checkbox', { name: 'read releases' }).check();
    await save(page);
    await expect.poll(() => page.locator('form [role=status]').textContent()).toBe('Saved.');
    await page.goto('/roles');
    const row = page.locator('tr', { hasText: 'reader' });
    expect(await row.textContent()).toContain('read releases, read rules');
    await row.locator('a').click();
    await remove(page);
    await page.waitForURL('**/roles');
    await page.locator('main table').waitFor();
    expect(await page.locator('tr', { hasText: 'reader' }).count()).toBe(0);
    expect(troubles).toEqual([]);
  });

  it('makes a rule of a text file, changes and removes it, and takes over a known one', async () => {
    const { page, troubles } = await enter();
    await page.goto('/rules/new');
    const file = { name: 'Our rules.txt', mimeType: 'text/plain', buffer: Buffer.from('1. Be <b>kind</b>.\n') };
    await page.locator('input[type=file]').setInputFiles(file);
    await expect.poll(() => page.locator('input[name=name]').inputValue()).toBe('Our rules');
    await page.locator('input[name=scene]').fill('own');
    await page.locator('input[name=year]').fill('2026');
    await save(page);
    await page.getByRole('button', { name: 'Remove' }).waitFor();
    expect(await page.locator('textarea[name=content]').inputValue()).toBe('1. Be <b>kind</b>.\n');
    await page.locator('input[name=name]').fill('Our other rules');
    await save(page);
    await expect.poll(() => heading(page)).toBe('Our other rules');
    await remove(page);
    await page.waitForURL('**/rules');
    await page.goto('/rules/new');
    await page.locator('.actions button').first().click();
    await page.getByRole('button', { name: 'Remove' }).waitFor();
    expect(await heading(page)).toContain('rules');
    expect(troubles).toEqual([]);
  });

  it('changes the own password, after a guess that is told, and goes on', async () => {
    const { page, troubles } = await enter(5);
    await page.goto('/account');
    const [present, next] = [page.locator('input[name=password]'), page.locator('input[name=next]')];
    await present.fill('guessed');
    await next.fill('a long secret');
    await next.press('Enter');
    await expect.poll(() => alert(page)).toContain('not that of the account');
    await present.fill(seedPassword);
    await next.press('Enter');
    await page.getByText('Changed.').waitFor();
    await page.goto('/releases');
    await page.locator('main table').waitFor();
    expect(
      (await postJson(`${visiting.replica.url}/api/auth/login`, { login: 'user005', password: 'a long secret' }))
        .status,
    ).toBe(200);
    expect(troubles).toEqual([]);
  });

  it('tells who one is and what one may, and ends all logins of the account', async () => {
    const { page, troubles } = await enter(4);
    const elsewhere = (await enter(4)).page;
    await page.getByRole('link', { name: 'user004' }).click();
    await page.locator('.facts').waitFor();
    expect(await page.locator('.facts').textContent()).toContain('make releases');
    await page.getByRole('button', { name: 'Log out everywhere' }).click();
    await page.waitForURL('**/login**');
    await elsewhere.goto('/releases');
    await elsewhere.waitForURL('**/login?to=*');
    expect(troubles).toEqual([]);
  });
});
