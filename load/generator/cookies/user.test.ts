/** What a user does with cookies. */
import { describe, expect, it } from 'vitest';
import { fakeChannels } from '../testing/channel.ts';
import { crowd, planOf, stepOf, websocket } from '../testing/plan.ts';
import { play } from '../testing/play.ts';
import { type Asked, ok, status } from '../testing/server.ts';

const login = stepOf({ method: 'POST', path: '/login', body: { kind: 'json', json: { who: 'ada' } } });
const look = stepOf({ path: '/me?page=1' });
const oneTask = (...steps: (typeof look)[]) => [{ name: 'only', weight: 100, steps }];
const sets = (cookie: string) => (asked: Asked) =>
  asked.path === '/login' ? ok(1, 'ok', `set-cookie: ${cookie}\r\nset-cookie: theme=dark; Path=/me\r\n`) : ok(1);
const cookiesOf = (asked: readonly Asked[]) => asked.map(({ headers }) => headers['cookie']);

describe('a user', () => {
  it('sends back what answers set, where it belongs, as long as it holds; whoever comes in its place begins without', () => {
    const stages = crowd(2, 3000);
    const plan = planOf({ start: [login], tasks: oneTask(look), thinkMs: { min: 1000, max: 1000 }, stages });
    const { server } = play(plan, { answer: (asked) => sets(`sid=${asked.connection}; Path=/; Max-Age=2`)(asked) });
    const first = server.asked.filter(({ connection }) => connection === 0);
    expect(cookiesOf(first)).toEqual([undefined, 'theme=dark; sid=0', 'theme=dark; sid=0', 'theme=dark']);
    expect(cookiesOf(server.asked.filter(({ connection }) => connection === 1))[1]).toBe('theme=dark; sid=1');
    for (const { headers, body } of server.asked) {
      expect(headers['traceparent']).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
      expect(headers['content-length'] ?? '0').toBe(String(body.length));
    }
    const restarts = play(planOf({ start: [login, look], stages: crowd(1, 5000) }), {
      answer: (asked) => (asked.path === '/login' ? sets('sid=1')(asked) : status(500)),
    });
    const logins = restarts.server.asked.filter(({ path }) => path === '/login');
    expect(logins.length).toBeGreaterThan(2);
    expect(new Set(cookiesOf(logins))).toEqual(new Set([undefined]));
  });

  it('keeps the cookies of an answer that is no success, and sends a step’s own cookies as they stand there', () => {
    const own = stepOf({ path: '/me', headers: { Cookie: 'a={{id}}' } });
    const posted = stepOf({ method: 'PUT', path: '/me/{{id}}', body: { kind: 'text', text: 'é{{id}}' } });
    const plan = planOf({ tasks: oneTask(login, own, posted), draw: { id: { int: [7, 7] } }, stages: crowd(1, 300) });
    const { server, all } = play(plan, { answer: sets('sid=1; Path=/') });
    expect(server.asked[1]?.headers['cookie']).toBe('a=7');
    expect(server.asked[2]).toMatchObject({ path: '/me/7', body: 'é7', headers: { cookie: 'theme=dark; sid=1' } });
    expect(all.total.errors).toEqual({});
    const refused = play(planOf({ tasks: oneTask(login), stages: crowd(1, 1000) }), {
      answer: () => [{ afterMs: 1, bytes: 'HTTP/1.1 401 No\r\nset-cookie: sid=2\r\ncontent-length: 0\r\n\r\n' }],
    });
    expect(cookiesOf(refused.server.asked)[1]).toBe('sid=2');
  });

  it('opens its WebSocket with them', () => {
    const channels = fakeChannels(() => [{ afterMs: 1, event: 'open' }]);
    const steps = [login, websocket.connect('/me/live?x=1'), websocket.close()];
    const plan = planOf({ tasks: [{ name: 'only', weight: 100, steps }], stages: crowd(1, 100) });
    play(plan, { answer: sets('sid=1; Path=/'), openChannel: channels.open });
    expect(channels.asked[0]?.headers).toMatchObject({ cookie: 'theme=dark; sid=1' });
  });
});
