import { describe, expect, it } from 'vitest';
import { virtualTime, type VirtualTime } from '@palier/testkit/clock';
import type { FastifyInstance } from 'fastify';
import { openGrants } from './grants.ts';
import { readHelixOptions } from './options.ts';
import { buildHelix } from './server.ts';
import { makeWorld } from './world/world.ts';

const scopes = 'user:read:moderated_channels moderator:read:chatters';

interface Simulated {
  readonly app: FastifyInstance;
  readonly clock: VirtualTime;
  /** A token of whoever has that login. */
  login(login: string, scope?: string): Promise<string>;
  // oxlint-disable-next-line typescript/no-explicit-any -- a test reads what it expects
  get(path: string, token: string): Promise<{ status: number; headers: Record<string, unknown>; body: any }>;
}

function simulated(env: Record<string, string> = {}): Simulated {
  const options = readHelixOptions({ HELIX_LATENCY_MS: '0', HELIX_JITTER_MS: '0', HELIX_HUGE: '1000', ...env });
  const clock = virtualTime();
  const app = buildHelix({ world: makeWorld(options), grants: openGrants('secret'), options, ...clock });
  return {
    app,
    clock,
    async login(login, scope = scopes) {
      const query = new URLSearchParams({
        client_id: 'simulated-client',
        redirect_uri: 'http://127.0.0.1/back',
        response_type: 'code',
        scope,
        state: 's',
        as: login,
      });
      const sent = await app.inject({ url: `/oauth2/authorize?${query}` });
      const back = new URL(String(sent.headers.location));
      expect(back.searchParams.get('state')).toBe('s');
      const fields = {
        client_id: 'simulated-client',
        client_secret: 'simulated-secret',
        grant_type: 'authorization_code',
        code: String(back.searchParams.get('code')),
      };
      const answer = await app.inject({
        method: 'POST',
        url: '/oauth2/token',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        payload: new URLSearchParams(fields).toString(),
      });
      expect((await app.inject({ method: 'POST', url: '/oauth2/token', payload: fields })).statusCode).toBe(400);
      return answer.json().access_token;
    },
    async get(path, token) {
      const answer = await app.inject({
        url: path,
        headers: { 'client-id': 'simulated-client', authorization: `Bearer ${token}` },
      });
      return { status: answer.statusCode, headers: answer.headers, body: answer.json() };
    },
  };
}

describe('the simulated Helix', () => {
  it('gives the chatters of a channel page by page to its moderators alone', async () => {
    const { login, get } = simulated({ HELIX_DRIFT_PERMILLE: '0' });
    const token = await login('moderator_1');
    const met = new Set<string>();
    let cursor = '';
    let total = 0;
    for (let page = 0; page < 20; page++) {
      const { status, body } = await get(
        `/helix/chat/chatters?broadcaster_id=5002&moderator_id=9001&first=1000&after=${cursor}`,
        token,
      );
      expect(status).toBe(200);
      for (const { user_id } of body.data) met.add(user_id);
      total = body.total;
      cursor = body.pagination.cursor ?? '';
      if (cursor === '') break;
    }
    expect(met.size).toBe(total);
    const foreign = await login('guest_001');
    expect((await get('/helix/chat/chatters?broadcaster_id=5002&moderator_id=6001', foreign)).status).toBe(403);
    expect((await get('/helix/chat/chatters?broadcaster_id=5002&moderator_id=9001', foreign)).status).toBe(401);
    const unasked = await login('moderator_1', 'user:read:moderated_channels');
    expect((await get('/helix/chat/chatters?broadcaster_id=5002&moderator_id=9001', unasked)).status).toBe(401);
    expect((await get('/helix/chat/chatters?broadcaster_id=5002&moderator_id=9001&after=bad', token)).status).toBe(400);
    expect((await get('/helix/chat/chatters?broadcaster_id=5002&moderator_id=9001&first=1001', token)).status).toBe(
      400,
    );
  });

  it('refuses a cursor that is too old', async () => {
    const { login, get, clock } = simulated({ HELIX_CURSOR_LIFE_S: '60' });
    const token = await login('moderator_1');
    const list = '/helix/chat/chatters?broadcaster_id=5002&moderator_id=9001&first=1000';
    const { body } = await get(list, token);
    expect((await get(`${list}&after=${body.pagination.cursor}`, token)).status).toBe(200);
    await clock.advance(61_000);
    expect((await get(`${list}&after=${body.pagination.cursor}`, token)).status).toBe(400);
  });

  it('takes a point of the user for each call, says what is left, and refuses the next with 429 until there is one', async () => {
    const { login, get, clock } = simulated({ HELIX_POINTS_PER_MINUTE: '3' });
    const [one, other] = [await login('moderator_1'), await login('moderator_2')];
    for (const left of ['2', '1', '0']) {
      const answer = await get('/helix/users?id=77', one);
      expect([answer.status, answer.headers['ratelimit-remaining'], answer.headers['ratelimit-limit']]).toEqual([
        200,
        left,
        '3',
      ]);
    }
    expect((await get('/helix/users?id=77', one)).status).toBe(429);
    expect((await get('/helix/users?id=77', other)).status).toBe(200);
    await clock.advance(20_000);
    expect((await get('/helix/users?id=77', one)).status).toBe(200);
  });

  it('leaves out accounts that are gone, and takes at most 100 ids', async () => {
    const { login, get } = simulated();
    const token = await login('moderator_1');
    const ids = (from: number, count: number): string =>
      Array.from({ length: count }, (_, i) => `id=${from + i}`).join('&');
    let told = 0;
    for (let from = 0; from < 1000; from += 100)
      told += (await get(`/helix/users?${ids(from, 100)}`, token)).body.data.length;
    expect(told).toBeGreaterThan(980);
    expect(told).toBeLessThan(1000);
    expect((await get(`/helix/users?${ids(1, 101)}`, token)).status).toBe(400);
    const nobodies = 'id=45000000&id=100700000&id=100010130&id=999999999&id=abc';
    expect((await get(`/helix/users?${nobodies}`, token)).body.data).toEqual([]);
    const [user] = (await get('/helix/users?id=77', token)).body.data;
    expect(user.created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  });

  it('gives the moderated channels over several pages', async () => {
    const { login, get } = simulated();
    const token = await login('busy_moderator');
    const pages: number[] = [];
    let cursor = '';
    do {
      const { body } = await get(`/helix/moderation/channels?user_id=9000&first=100&after=${cursor}`, token);
      pages.push(body.data.length);
      cursor = body.pagination.cursor ?? '';
    } while (cursor !== '' && pages.length < 10);
    expect(pages).toEqual([100, 100, 36]);
  });

  it('believes no token that was revoked, withdrawn or is over', async () => {
    const { app, login, get, clock } = simulated({ HELIX_ACCESS_LIFE_S: '100' });
    const call = (token: string): Promise<number> => get('/helix/users?id=77', token).then(({ status }) => status);
    const revoked = await login('moderator_1');
    await app.inject({
      method: 'POST',
      url: '/oauth2/revoke',
      payload: { client_id: 'simulated-client', token: revoked },
    });
    expect(await call(revoked)).toBe(401);
    const withdrawn = await login('moderator_2');
    const other = await login('moderator_3');
    await app.inject({ method: 'POST', url: '/director/withdraw', payload: { userId: '9002' } });
    expect([await call(withdrawn), await call(other)]).toEqual([401, 200]);
    await clock.advance(101_000);
    expect(await call(other)).toBe(401);
    expect(await call(`${other}x`)).toBe(401);
  });

  it('fails on demand, for as long as it was told', async () => {
    const { app, login, get, clock } = simulated();
    const token = await login('moderator_1');
    await app.inject({
      method: 'POST',
      url: '/director/trouble',
      payload: { failingShare: 1, failingStatus: 503, forMs: 1000 },
    });
    expect((await get('/helix/users?id=77', token)).status).toBe(503);
    await clock.advance(1001);
    expect((await get('/helix/users?id=77', token)).status).toBe(200);
  });
});
