/** What an attacker tries at the pages; nothing of it gets through, and each is told so in a sentence. */
import { request as send } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Browser, openBrowser } from '../testing/browser.ts';
import { type Installation, installation } from '../testing/captures.ts';
import { postJson } from '../testing/running.ts';

const forms = ['/captures', '/collections/purge', '/collections/mine/save', '/collections/mine/delete', '/auth/logout'];
const evil = '<img src=x onerror=alert(1)>';

/** A capture that is done, with one chatter of that name. */
async function planted({ sql: { query } }: Installation, userId: string): Promise<void> {
  const atMs = Date.now();
  const collection = { id: 'mine', user_id: userId, state: 'active', created_at: atMs, expires_at: atMs + 3_600_000 };
  await query
    .insertInto('collections')
    .values({ ...collection, state: 'active' })
    .execute();
  const channel = { collection_id: 'mine', user_id: userId, broadcaster_id: '1', broadcaster_login: evil };
  const counts = { expected: 9, chatters: 9, new_accounts: 9, enriched: 9, created_at: atMs, done_at: atMs };
  await query
    .insertInto('captures')
    .values({ id: 'planted', ...channel, ...counts, state: 'done', reason: null })
    .execute();
  const failed = { id: 'failed', state: 'failed', reason: `refused: ${evil}` } as const;
  await query
    .insertInto('captures')
    .values({ ...failed, ...channel, ...counts, chatters: 0 })
    .execute();
  for (let i = 1; i <= 9; i++) {
    const login = i === 1 ? '=HYPERLINK("http://evil","a")' : `${evil}${i}`;
    const seen = { first_seen_at: atMs, last_seen_at: atMs, fetched_at: atMs, gone: 0, broadcaster_type: '' };
    await query
      .insertInto('accounts')
      .values({ id: `${i}`, login, display_name: evil, created_at: 1000 * i, ...seen })
      .execute();
    for (const name of [login, `${evil}a`, `${evil}b`, `${evil}c`]) {
      await query
        .insertInto('account_names')
        .values({ account_id: `${i}`, login: name, first_seen_at: atMs })
        .execute();
    }
    await query
      .insertInto('capture_chatters')
      .values({ capture_id: 'planted', account_id: `${i}` })
      .execute();
  }
}

/** As no browser and no `fetch` would send it. */
function raw(url: string, path: string, headers: Record<string, string>): Promise<{ status: number; body: string }> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    send({ hostname, port, path, headers }, (answer) => {
      let body = '';
      answer.on('data', (chunk) => (body += chunk));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body }));
    })
      .on('error', reject)
      .end();
  });
}

describe('the gateway, attacked', () => {
  const stack = new AsyncDisposableStack();
  let site: Installation;
  let url: string;
  let otherUrl: string;
  let user: Browser;

  beforeAll(async () => {
    site = await installation(stack, undefined, 0);
    const analysis = await site.analysis();
    [{ url }, { url: otherUrl }] = await Promise.all([site.gateway(analysis.url), site.gateway(analysis.url)]);
    user = openBrowser(url);
    await user.signIn('moderator_1');
    await planted(site, '9001');
  });
  afterAll(() => stack.disposeAsync());

  it('refuses every form of another site, whether the browser tells the relation or, an older one, the origin alone', async () => {
    const foreign: Record<string, string>[] = [
      { 'sec-fetch-site': 'cross-site', origin: new URL(url).origin },
      { 'sec-fetch-site': 'same-site' },
      { origin: 'https://evil.example' },
      { origin: `${new URL(url).origin}.evil.example` },
      { origin: 'null' },
    ];
    for (const path of forms) {
      for (const headers of foreign) {
        const { status, body } = await user.post(path, { broadcaster_id: '5001' }, headers);
        expect([path, headers, status]).toEqual([path, headers, 400]);
        expect(body).toContain('another site');
      }
    }
    expect((await user.get('/collections')).body).toContain('/collections/mine');
    const own = await user.post('/collections/mine/save', {}, { origin: new URL(url).origin });
    expect(own.status).toBe(303);
  });

  it('reads forms and nothing else: another site could send JSON and text without asking', async () => {
    for (const type of ['application/json', 'text/plain', 'multipart/form-data; boundary=x']) {
      const headers = { cookie: user.cookie, 'content-type': type };
      const body = '{"broadcaster_id":"5001"}';
      const answer = await fetch(`${url}/captures`, { method: 'POST', headers, body, redirect: 'manual' });
      expect([type, answer.status]).toEqual([type, 400]);
    }
  });

  it('sends its guards with every answer, refusals and files among them', async () => {
    const paths = ['/', '/channels', '/style.css', '/nothing', '/auth/login', '/collections/mine/export.csv'];
    for (const path of [...paths, '/collections/mine', '/accounts/%zz']) {
      const { headers } = await user.get(path);
      expect([path, headers.get('content-security-policy')]).toEqual([
        path,
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
      ]);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('same-origin');
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
    }
    for (const path of ['/channels', '/collections/mine/export.csv', '/collections/mine/export.json']) {
      expect((await user.get(path)).headers.get('cache-control')).toBe('no-store');
    }
  });

  it('lets nobody in by a name alone: the way of simulated users is closed unless it is opened', async () => {
    const stranger = openBrowser(url);
    expect((await stranger.get('/auth/simulated?as=moderator_1')).status).toBe(404);
    expect((await stranger.get('/channels')).location).toBe('/');
  });

  it('sends browsers nowhere but to its own pages and to Twitch', async () => {
    const stranger = openBrowser(url);
    const { location } = await stranger.get('/auth/login?next=https://evil.example&redirect_uri=https://evil.example');
    const twitch = new URL(location ?? '');
    expect(twitch.origin).toBe(new URL(site.helixUrl).origin);
    expect(twitch.searchParams.get('redirect_uri')).toBe(`${url}/auth/callback`);
    expect((await stranger.get('/auth/callback?state=x&next=//evil.example')).status).toBe(400);
    for (const path of ['//evil.example/channels', '/%5cevil.example', '/channels?next=//evil.example']) {
      expect([null, '/']).toContain((await raw(url, path, {}).then(() => stranger.get(path.slice(1)))).location);
    }
  });

  it('answers a host that is none with a sentence', async () => {
    const { status, body } = await raw(url, '/auth/login', { host: '[' });
    expect(status).toBe(400);
    expect(body).not.toMatch(/TypeError|at .*:\d+/);
  });

  it('takes a state for one answer, a refused one too, and no other state', async () => {
    const browser = openBrowser(url);
    const back = await browser.consent('moderator_2');
    const other = new URL(back);
    other.searchParams.set('state', 'x'.repeat(24));
    expect((await browser.get(other.href)).status).toBe(400);
    // It was spent by the wrong answer.
    expect((await browser.get(back)).status).toBe(400);
    const denied = await browser.consent('nobody_of_that_name');
    expect((await browser.get(denied)).status).toBe(401);
    expect((await browser.get(denied)).status).toBe(400);
    expect((await browser.get('/channels')).location).toBe('/');
  });

  it('lets who planted a cookie before the sign-in see nothing after it', async () => {
    const browser = openBrowser(url);
    const back = await browser.consent('moderator_2');
    const attacker = openBrowser(url);
    attacker.cookie = browser.cookie;
    expect((await browser.get(back)).location).toBe('/channels');
    expect((await attacker.get('/channels')).location).toBe('/');
    attacker.cookie = `${browser.cookie.slice(0, -2)}AA`;
    expect((await attacker.get('/channels')).location).toBe('/');
  });

  it('shows names as text on every page, and runs none in a spreadsheet', async () => {
    for (const path of ['/collections', '/collections/mine', '/accounts/2']) {
      const { status, body } = await user.get(path);
      expect([path, status]).toEqual([path, 200]);
      expect(body).toContain('&lt;img src=x onerror=alert(1)&gt;');
      expect(body).not.toContain('<img');
    }
    const { body: csv } = await user.get('/collections/mine/export.csv');
    expect(csv).toContain(`1,"'=HYPERLINK(""http://evil"",""a"")",`);
    const { body: json } = await user.get('/collections/mine/export.json');
    expect(JSON.parse(json)[0].login).toBe('=HYPERLINK("http://evil","a")');
  });

  it('has nothing of a user’s for another one, and does not say that it is there', async () => {
    const other = openBrowser(url);
    await other.signIn('guest_001');
    const paths = ['/collections/mine', '/collections/mine/export.csv', '/collections/mine/export.json', '/accounts/2'];
    for (const path of paths) {
      const { status, body } = await other.get(path);
      expect([path, status]).toEqual([path, 404]);
      const never = await other.get(path.replace(/mine|2$/, 'x'));
      expect(body.replaceAll('mine', 'x').replaceAll('account 2', 'account x')).toBe(never.body);
    }
    expect((await other.get('/collections')).body).not.toContain('mine');
    expect((await other.get('/analysis')).location).toBe('/collections');
    for (const path of ['/collections/mine/save', '/collections/mine/delete']) {
      expect([path, (await other.post(path)).status]).toEqual([path, 404]);
    }
    expect((await other.post('/collections/purge')).status).toBe(303);
    expect((await user.get('/collections')).body).toContain('/collections/mine');
  });

  it('finds nothing under what is no id', async () => {
    const odd = [
      '%00',
      "'%20or%201=1--",
      '..%2f..%2fetc%2fpasswd',
      '-1',
      '1e9',
      'NaN',
      '%F0%9F%98%80',
      'a'.repeat(5000),
    ];
    for (const id of odd) {
      for (const path of [`/collections/${id}`, `/collections/${id}/export.csv`, `/accounts/${id}`]) {
        const { status, body } = await user.get(path);
        expect([path, status]).toEqual([path, id.length < 1000 ? 404 : 400]);
        expect(body).toContain('That did not work');
        expect(body).not.toMatch(/at .*\.[jt]s:\d+/);
      }
      expect([400, 404]).toContain((await user.post(`/collections/${id}/delete`)).status);
    }
    for (const id of ['', '5001,5002', '-1', '__proto__', 'a'.repeat(5000)]) {
      expect([id, (await user.post('/captures', { broadcaster_id: id })).status]).toEqual([id, 403]);
    }
    expect((await user.get('/accounts/%zz')).status).toBe(400);
  });

  it('reads no more of a body than a form needs', async () => {
    const { status, body } = await user.post('/captures', { broadcaster_id: 'a'.repeat(70_000) });
    expect([status, body.includes('That did not work')]).toEqual([400, true]);
  });

  it('is one service however many replicas answer: signed in at one is signed in at all, and signed out, too', async () => {
    const [first, second] = [openBrowser(url), openBrowser(otherUrl)];
    await first.signIn('moderator_3');
    second.cookie = first.cookie;
    expect((await second.get('/channels')).status).toBe(200);
    await second.post('/auth/logout');
    expect((await first.get('/channels')).location).toBe('/');
  });

  it('leads who has withdrawn the consent to a new sign-in, not round in a circle', async () => {
    const browser = openBrowser(url);
    await browser.signIn('moderator_4');
    await postJson(`${site.helixUrl}/director/withdraw`, { userId: '9004' });
    const told = await browser.get('/channels');
    expect([told.status, told.body.includes('href="/auth/login"')]).toEqual([401, true]);
    await browser.signIn('moderator_4');
    expect((await browser.get('/channels')).status).toBe(200);
  });

  it('has nothing under the id of what was deleted', async () => {
    expect((await user.get('/collections/mine')).status).toBe(200);
    expect((await user.post('/collections/mine/delete')).status).toBe(303);
    for (const path of ['/collections/mine', '/collections/mine/export.csv', '/collections/mine/export.json']) {
      expect([path, (await user.get(path)).status]).toEqual([path, 404]);
    }
    expect((await user.post('/collections/mine/save')).status).toBe(404);
    expect((await user.get('/collections')).body).not.toContain('mine');
  });
});
