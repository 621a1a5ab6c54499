import { until } from '@palier/testkit/until';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Browser, openBrowser } from '../testing/browser.ts';
import { type Installation, installation } from '../testing/captures.ts';
import { request } from '../testing/running.ts';

describe('the gateway', () => {
  const stack = new AsyncDisposableStack();
  let site: Installation;
  let url: string;
  let analysisUrl: string;
  let workerUrl: string;
  let moderator: Browser;

  beforeAll(async () => {
    site = await installation(stack, undefined, 0);
    analysisUrl = (await site.analysis()).url;
    url = (await site.gateway(analysisUrl)).url;
    workerUrl = (await site.worker()).url;
    moderator = openBrowser(url);
  });
  afterAll(() => stack.disposeAsync());

  it('shows nothing but the first page to who is not signed in', async () => {
    const stranger = openBrowser(url);
    expect((await stranger.get('/')).body).toContain('Sign in with Twitch');
    for (const path of ['/channels', '/collections', '/collections/x', '/collections/x/export.csv', '/accounts/1']) {
      expect([path, (await stranger.get(path)).location]).toEqual([path, '/']);
    }
    expect((await stranger.post('/captures', { broadcaster_id: '5002' })).location).toBe('/');
  });

  it('signs in who comes back from Twitch in the browser in which it began, once', async () => {
    const back = await moderator.consent('moderator_1');
    expect((await openBrowser(url).get(back)).status).toBe(400);
    const planted = moderator.cookie;
    const signedIn = await moderator.get(back);
    expect([signedIn.status, signedIn.location]).toEqual([303, '/channels']);
    // What was in the browser before is worth nothing now.
    expect(moderator.cookie).not.toBe(planted);
    expect((await moderator.get(back)).status).toBe(400);
    const refused = openBrowser(url);
    const denied = await refused.get(await refused.consent('nobody_of_that_name'));
    expect([denied.status, denied.body.includes('did not consent')]).toEqual([401, true]);
  });

  it('lists the own channel and the moderated ones, and captures no other', async () => {
    const { body, headers } = await moderator.get('/channels');
    for (const login of ['moderator_1', 'calm_harbor', 'quiz_lantern', 'huge_thunder']) expect(body).toContain(login);
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect((await moderator.post('/captures', { broadcaster_id: '6001' })).status).toBe(403);
    const foreign = await moderator.post('/captures', { broadcaster_id: '5002' }, { 'sec-fetch-site': 'cross-site' });
    expect(foreign.status).toBe(400);
  });

  it('shows a capture from the click to the chart, and gives it as CSV and JSON', async () => {
    expect((await moderator.post('/captures', { broadcaster_id: '5002' })).location).toBe('/collections');
    const done = await until(
      'the end of the capture',
      async () => {
        const { body } = await moderator.get('/collections');
        expect(body).not.toContain('failed:');
        return body.includes('5186 chatters, 5186 of them new') && body;
      },
      { withinMs: 40_000 },
    );
    expect(done).not.toContain('http-equiv="refresh"');
    const path = /\/collections\/[\w-]+(?=")/.exec(done)?.[0] ?? '';
    const { body: analysis } = await moderator.get(path);
    for (const told of ['5186 accounts', 'quiz_lantern (1)', '<svg', 'class="marked"', 'hoss', 'opened with']) {
      expect(analysis).toContain(told);
    }
    const account = /\/accounts\/\d+/.exec(analysis)?.[0] ?? '';
    expect((await moderator.get(account)).body).toContain('quiz_lantern');
    const { body: csv } = await moderator.get(`${path}/export.csv`);
    const lines = csv.trimEnd().split('\r\n');
    expect(lines[0]).toBe('twitch_user_id,login,display_name,created_at,seen_count,first_seen,last_seen');
    expect(lines).toHaveLength(5187);
    const exported = JSON.parse((await moderator.get(`${path}/export.json`)).body);
    expect([exported.length, exported[0].seen_count]).toEqual([5186, 1]);
    const other = openBrowser(url);
    await other.signIn('guest_001');
    for (const foreign of [path, `${path}/export.csv`, account]) expect((await other.get(foreign)).status).toBe(404);
    expect((await other.post(`${path}/delete`)).status).toBe(404);
  }, 60_000);

  it('has the summary once: the next one is the kept one, until another capture is done', async () => {
    const [collection] = await site.sql.query.selectFrom('collections').select('id').execute();
    const summary = `${analysisUrl}/collections/${collection?.id}/summary`;
    const hit = await fetch(summary);
    expect(hit.headers.get('x-cache')).toBe('HIT');
    const { captures } = ((await hit.json()) as { channels: { captures: number }[] }).channels[0] ?? { captures: 0 };
    expect(captures).toBe(1);
    await site.ended(await site.start('9001', '5002'));
    const again = await fetch(summary);
    expect(again.headers.get('x-cache')).toBe('MISS');
    expect(((await again.json()) as { channels: { captures: number }[] }).channels[0]?.captures).toBe(2);
  }, 60_000);

  it('signs out: the cookie is worth nothing, and the consent goes', async () => {
    const { cookie } = moderator;
    expect((await moderator.post('/auth/logout')).location).toBe('/');
    moderator.cookie = cookie;
    expect((await moderator.get('/channels')).location).toBe('/');
    await until('the end of the consent', async () => {
      const rows = await site.sql.query
        .selectFrom('consents')
        .select('user_id')
        .where('user_id', '=', '9001')
        .execute();
      return rows.length === 0;
    });
  });

  it('and every other service tell health and meters, those of which the rules of the system are made among them', async () => {
    for (const service of [url, analysisUrl, workerUrl]) {
      expect((await request(`${service}/health`)).body).toEqual({ status: 'ok' });
      expect((await request(`${service}/metrics`)).body).toContain('http_requests_total');
    }
    for (const state of ['ready', 'running']) {
      expect((await request(`${workerUrl}/metrics`)).body).toMatch(
        new RegExp(`palier_queue_depth_jobs\\{[^}]*state="${state}"`),
      );
    }
  });
});
