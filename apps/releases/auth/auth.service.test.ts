/** Logins over two replicas: what one does the other knows, on one machine's files and on Redis and MariaDB. */
import { createHmac } from 'node:crypto';
import { startRedis, redisServer } from '@palier/testkit/engines';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loginOf, seedPassword } from '../seed/people.ts';
import { allEngines } from '../testing/engines.ts';
import {
  type Answer,
  bearerOf,
  failFrom,
  install,
  type Installation,
  jwtSecret,
  postJson,
  request,
} from '../testing/running.ts';
import { tokenSecrets } from './issuer.ts';

/** Less than the ten seconds after which figures are counted anew anyway. */
const soon = { timeout: 5000 };

interface Pair {
  readonly access_token: string;
  readonly refresh_token: string;
}

const login = async (url: string, number: number): Promise<Pair> =>
  (await postJson(`${url}/api/auth/login`, { login: loginOf(number), password: seedPassword })).body;
const fail = (url: string, name: string): Promise<Answer> =>
  postJson(`${url}/api/auth/login`, { login: name, password: 'wrong' });
const refresh = (url: string, { refresh_token }: Pick<Pair, 'refresh_token'>): Promise<Answer> =>
  postJson(`${url}/api/auth/refresh`, { refresh_token });
const bearer = ({ access_token }: Pick<Pair, 'access_token'>): { authorization: string } => ({
  authorization: `Bearer ${access_token}`,
});
const ask = (url: string, pair: Pick<Pair, 'access_token'>): Promise<Answer> =>
  request(`${url}/api/auth/me`, { headers: bearer(pair) });
const statusOf = async (url: string, pair: Pick<Pair, 'access_token'>): Promise<number> =>
  (await ask(url, pair)).status;
const fault = (answer: Answer): unknown => [answer.status, answer.body.error];

for (const engines of allEngines) {
  describe(`two replicas on ${engines.name}`, engines.options, () => {
    const stack = new AsyncDisposableStack();
    let one = '';
    let two = '';
    beforeAll(async () => {
      const installation: Installation = stack.use(await install(true, await engines.start(stack)));
      const limits = { LOGIN_FAILURES_PER_ACCOUNT: '4', LOGIN_FAILURES_PER_ADDRESS: '6' };
      const replicas = await Promise.all([installation.start(limits), installation.start(limits)]);
      [one, two] = replicas.map(({ url }) => url) as [string, string];
    }, 120_000);
    afterAll(() => stack.disposeAsync());

    test('a login at one is good at the other, and so is its refresh token, which gives one successor', async () => {
      const first = await login(one, 1);
      expect((await ask(two, first)).body.login).toBe(loginOf(1));
      const second = await refresh(two, first);
      expect([second.status, second.body.token_type, second.body.expires_in]).toEqual([200, 'Bearer', 3600]);
      expect(second.headers.get('cache-control')).toBe('no-store');
      // A second tab, or a lost answer.
      expect((await refresh(one, first)).body.refresh_token).toBe(second.body.refresh_token);
      expect(await statusOf(one, second.body)).toBe(200);
    });

    test('a refresh token that is used again ends its login: access and refresh tokens of it are refused by both', async () => {
      const first = await login(one, 2);
      const other = await login(one, 2);
      const second: Pair = (await refresh(two, first)).body;
      const third: Pair = (await refresh(one, second)).body;
      for (const url of [one, two]) expect(await statusOf(url, third)).toBe(200);
      expect(fault(await refresh(two, first))).toEqual([401, 'REFRESH_INVALID']);
      for (const url of [one, two]) {
        for (const pair of [first, second, third]) await expect.poll(() => statusOf(url, pair), soon).toBe(401);
        expect(fault(await refresh(url, third))).toEqual([401, 'REFRESH_INVALID']);
        expect(await statusOf(url, other)).toBe(200);
      }
    });

    test('a logout at one is refused by the other, and ends this login alone', async () => {
      const [leaving, byRefresh, staying] = [await login(one, 3), await login(one, 3), await login(two, 3)];
      for (const pair of [leaving, byRefresh, staying]) expect(await statusOf(two, pair)).toBe(200);
      const out = await request(`${one}/api/auth/logout`, { method: 'POST', headers: bearer(leaving) });
      expect([out.status, await statusOf(one, leaving)]).toEqual([204, 401]);
      const { refresh_token } = byRefresh;
      expect((await postJson(`${one}/api/auth/logout`, { refresh_token })).status).toBe(204);
      for (const pair of [leaving, byRefresh]) {
        await expect.poll(() => statusOf(two, pair), soon).toBe(401);
        expect(fault(await refresh(two, pair))).toEqual([401, 'REFRESH_INVALID']);
      }
      expect((await ask(two, leaving)).body.error).toBe('TOKEN_INVALID');
      expect(await statusOf(two, staying)).toBe(200);
      expect(fault(await postJson(`${one}/api/auth/logout`, {}))).toEqual([401, 'TOKEN_MISSING']);
    });

    test('a logout everywhere ends all logins of the user and nobody else’s; a new login is good', async () => {
      const [here, there, other] = [await login(one, 4), await login(two, 4), await login(two, 5)];
      for (const pair of [here, there]) for (const url of [one, two]) expect(await statusOf(url, pair)).toBe(200);
      const out = await request(`${one}/api/auth/logout-everywhere`, { method: 'POST', headers: bearer(here) });
      expect(out.status).toBe(204);
      for (const pair of [here, there]) {
        expect(await statusOf(one, pair)).toBe(401);
        await expect.poll(() => statusOf(two, pair), soon).toBe(401);
        expect(fault(await refresh(two, pair))).toEqual([401, 'REFRESH_INVALID']);
      }
      expect(await statusOf(two, other)).toBe(200);
      expect(await statusOf(two, await login(two, 4))).toBe(200);
    });

    test('a forged, an unsigned and an expired token are refused, and a sound one made by hand is not', async () => {
      const good = await login(one, 6);
      const [head = '', payload = ''] = good.access_token.split('.');
      const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
      const key = Buffer.from(String(tokenSecrets(jwtSecret).accessKeys[0]?.jwk.k), 'base64url');
      const sign = (change: object, by = key, first = head): Pair => {
        const text = `${first}.${part({ ...claims, ...change })}`;
        return {
          access_token: `${text}.${createHmac('sha256', by).update(text).digest('base64url')}`,
          refresh_token: '',
        };
      };
      const [iat, exp] = [claims.iat - 4000, claims.iat - 400];
      const forged: Pair[] = [
        sign({ iat, nbf: iat, exp }),
        sign({ sub: 'someone else' }, Buffer.from('another secret of 32 characters !')),
        sign({ iss: 'someone else' }),
        sign({}, Buffer.from(jwtSecret)),
        sign({}, key, part({ alg: 'HS256', typ: 'JWT' })),
        // The key and the type of ours, and another algorithm than the key's.
        ...['RS256', 'HS512', 'none'].map((alg) => sign({}, key, part({ ...headOf(head), alg }))),
        { access_token: `${part({ ...headOf(head), alg: 'none' })}.${payload}.`, refresh_token: '' },
        { access_token: `${part({ alg: 'none' })}.${payload}.`, refresh_token: '' },
        { access_token: good.refresh_token, refresh_token: '' },
      ];
      for (const token of forged) expect(fault(await ask(two, token))).toEqual([401, 'TOKEN_INVALID']);
      expect((await ask(two, forged[0] as Pair)).body.message).toContain('(expired)');
      expect(await statusOf(two, sign({}))).toBe(200);
      // Signed by us, for an account that is gone.
      expect(fault(await ask(two, sign({ sub: 'gone', login: 'gone' })))).toEqual([401, 'TOKEN_INVALID']);
      expect(fault(await refresh(two, { refresh_token: good.access_token }))).toEqual([401, 'REFRESH_INVALID']);
    });

    test('failed logins are counted over both, and the right password is refused then; right ones are not counted', async () => {
      // Each from an address of its own, so that the account is what is limited.
      const rest = async (i: number): Promise<number> =>
        failFrom('127.0.0.1', i % 2 === 0 ? one : two, loginOf(7), { 'x-forwarded-for': `198.51.100.${i}` });
      const statuses: number[] = [];
      for (let i = 0; i < 5; i++) statuses.push(await rest(i));
      expect(statuses).toEqual([401, 401, 401, 401, 429]);
      for (const url of [one, two]) {
        const answer = await postJson(`${url}/api/auth/login`, { login: loginOf(7), password: seedPassword });
        expect(fault(answer)).toEqual([429, 'LOGIN_LIMITED']);
        expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
      }
      for (let i = 0; i < 8; i++) expect(await statusOf(one, await login(i % 2 === 0 ? one : two, 8))).toBe(200);
    });

    test('an address is limited over both, whatever it claims to be; a proxy of ours is believed, and the left of what it wrote is not', async () => {
      const guesses = async (from: string, forwarded: (i: number) => string): Promise<number[]> => {
        const statuses: number[] = [];
        for (let i = 0; i < 7; i++) {
          const headers = { 'x-forwarded-for': forwarded(i) };
          statuses.push(await failFrom(from, i % 2 === 0 ? one : two, `nobody ${from} ${i}`, headers));
        }
        return statuses;
      };
      const six = [401, 401, 401, 401, 401, 401, 429];
      // No proxy of ours: what it says of itself counts for nothing.
      expect(await guesses('127.0.1.7', (i) => `192.0.2.${i}`)).toEqual(six);
      expect(await guesses('127.0.0.1', (i) => `192.0.2.${i}, 203.0.113.9`)).toEqual(six);
      // Another client behind the same proxy.
      expect(await failFrom('127.0.0.1', one, 'nobody else', { 'x-forwarded-for': '203.0.113.10' })).toBe(401);
    });

    test('who makes a release at one sees it in the own figures of both, within the ten seconds that they are remembered', async () => {
      const own = await bearerOf(one, 9);
      const figure = async (url: string): Promise<number> =>
        (await request(`${url}/api/dashboard/stats`, { headers: own })).body.user_releases;
      const before = await figure(one);
      expect(await figure(two)).toBe(before);
      await postJson(`${one}/api/wizard/create`, { group: 'FIGURES', release_type: 'TV' }, own);
      expect(await figure(one)).toBe(before + 1);
      await expect.poll(() => figure(two), soon).toBe(before + 1);
    });
  });
}

test(
  'While Redis stands still nobody is let in and nobody is told to be refused; when it comes back, the same token is good',
  redisServer().options,
  async () => {
    await using stack = new AsyncDisposableStack();
    const server = stack.use(await startRedis());
    const installation = stack.use(await install(true, { REDIS_URL: server.url }));
    const { url } = await installation.start();
    const pair = await login(url, 1);
    expect(await statusOf(url, pair)).toBe(200);
    server.freeze();
    await expect.poll(async () => fault(await ask(url, pair)), { timeout: 20_000 }).toEqual([503, 'STATE_AWAY']);
    expect(fault(await fail(url, loginOf(2)))).toEqual([503, 'STATE_AWAY']);
    expect(fault(await refresh(url, pair))).toEqual([503, 'STATE_AWAY']);
    const health = await request(`${url}/health`);
    expect([health.status, health.body.state]).toEqual([503, 'unreachable']);
    server.thaw();
    await expect.poll(() => statusOf(url, pair), { timeout: 20_000 }).toBe(200);
    await expect.poll(async () => (await request(`${url}/health`)).status, { timeout: 20_000 }).toBe(200);
    expect((await refresh(url, pair)).status).toBe(200);
  },
);

function headOf(head: string): object {
  return JSON.parse(Buffer.from(head, 'base64url').toString());
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
