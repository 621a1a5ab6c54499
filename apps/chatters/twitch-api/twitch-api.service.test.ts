import { temporaryFolder, type TemporaryFolder } from '@palier/testkit/folder';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Answer,
  postJson,
  request,
  type Running,
  startHelix,
  startService,
  twitchToken,
} from '../testing/running.ts';

describe('twitch-api', () => {
  const stack = new AsyncDisposableStack();
  let helix: Running;
  let folder: TemporaryFolder;
  let replicas: Running[];
  let token: string;

  beforeAll(async () => {
    folder = stack.use(await temporaryFolder('twitch-api'));
    // Twenty a second, so that two seconds are enough to see that nobody asks too often.
    helix = await startHelix({ HELIX_POINTS_PER_MINUTE: '1200', HELIX_CURSOR_LIFE_S: '600' });
    stack.use(helix.process);
    const env = { DATA_DIR: folder.path, HELIX_URL: helix.url };
    replicas = await Promise.all([startService('twitch-api/main.ts', env), startService('twitch-api/main.ts', env)]);
    for (const { process } of replicas) stack.use(process);
    token = await twitchToken(helix.url, 'busy_moderator');
  });
  afterAll(() => stack.disposeAsync());

  const ask = (replica: number, path: string, userId = '9000', as = token): Promise<Answer> =>
    request(`${replicas[replica]?.url}${path}`, {
      headers: { authorization: `Bearer ${as}`, 'x-twitch-user': userId },
    });

  it('uses each user’s points once, however many replicas ask: nobody is refused by Twitch, though more is asked than there is', async () => {
    const calls = Array.from({ length: 170 }, (_, i) => ask(i % 2, `/users?ids=${i + 1}`));
    for (const { status } of await Promise.all(calls)) expect(status).toBe(200);
    const { body } = await request(`${helix.url}/director/counts`);
    expect(body['429'] ?? 0).toBe(0);
    expect(body['200']).toBeGreaterThanOrEqual(170);
  });

  it('reads all pages of the moderated channels', async () => {
    const { body } = await ask(0, '/moderated-channels');
    expect(body.channels.length).toBe(236);
    expect(new Set(body.channels.map(({ id }: { id: string }) => id)).size).toBe(236);
  });

  it('gives a page of chatters with its cursor, and says that one that Twitch does not know is refused', async () => {
    const first = await ask(0, '/chatters?broadcaster_id=5002');
    expect([first.status, first.body.chatters.length]).toEqual([200, 1000]);
    expect((await ask(1, `/chatters?broadcaster_id=5002&after=${first.body.cursor}`)).status).toBe(200);
    const refused = await ask(0, '/chatters?broadcaster_id=5002&after=old');
    expect([refused.status, refused.body.error]).toEqual([409, 'TWITCH_REFUSED']);
  });

  it('says what only the user can mend: no moderator, no consent', async () => {
    const guest = await twitchToken(helix.url, 'guest_001');
    const forbidden = await ask(0, '/chatters?broadcaster_id=5002', '6001', guest);
    expect([forbidden.status, forbidden.body.error]).toEqual([403, 'TWITCH_FORBIDDEN']);
    await postJson(`${helix.url}/director/withdraw`, { userId: '6001' });
    const withdrawn = await ask(0, '/users?ids=1', '6001', guest);
    expect([withdrawn.status, withdrawn.body.error]).toEqual([401, 'TWITCH_CONSENT']);
  });

  it('tries again when Twitch fails now and then, and says so when it fails always', async () => {
    await postJson(`${helix.url}/director/trouble`, { failingShare: 0.3, failingStatus: 503, forMs: 60_000 });
    const calls = await Promise.all(Array.from({ length: 12 }, (_, i) => ask(i % 2, `/users?ids=${i + 1}`)));
    expect(calls.filter(({ status }) => status === 200).length).toBeGreaterThan(8);
    await postJson(`${helix.url}/director/trouble`, { failingShare: 1, failingStatus: 0, forMs: 60_000 });
    const { status, body } = await ask(0, '/users?ids=1');
    expect([status, body.error]).toEqual([502, 'TWITCH_AWAY']);
    await postJson(`${helix.url}/director/trouble`, { forMs: 0 });
    expect((await ask(0, '/users?ids=1')).status).toBe(200);
  });

  it('waits when Twitch says that it is asked too often, though it does not say for how long, and does not hammer at it', async () => {
    const refusals = async (): Promise<number> => (await request(`${helix.url}/director/counts`)).body['429'] ?? 0;
    const before = await refusals();
    await postJson(`${helix.url}/director/trouble`, { failingShare: 1, failingStatus: 429, forMs: 2500 });
    expect((await ask(0, '/users?ids=1')).status).toBe(200);
    const met = (await refusals()) - before;
    expect([met >= 1, met <= 5]).toEqual([true, true]);
  });
});
