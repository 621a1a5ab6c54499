import { describe, expect, it } from 'vitest';
import { chattersError } from '../errors.ts';
import { type Scene, scene } from '../testing/scene.ts';
import { readWorkerOptions } from '../worker/options.ts';

const busy = chattersError('TWITCH_BUSY', { maxWaitMs: 20_000, perMinute: 800 });
const away = chattersError('TWITCH_AWAY', { reason: 'status 503', timeoutMs: 10_000 });
const refused = chattersError('TWITCH_REFUSED', { reason: 'The pagination cursor is not valid' });

async function eight(stack: AsyncDisposableStack): Promise<Scene> {
  const made = await scene(stack);
  for (let i = 1; i <= 8; i++) made.people.push({ id: String(i), login: `person_${i}` });
  return made;
}

async function idsOf({ desk }: Scene, captureId: string): Promise<string[]> {
  const rows = desk.sql.query.selectFrom('capture_chatters').select('account_id').where('capture_id', '=', captureId);
  return (await rows.orderBy('account_id').execute()).map(({ account_id }) => account_id);
}

describe('a capture', () => {
  it('has every chatter once, what Twitch tells of each, and how many nobody had seen before', async () => {
    await using stack = new AsyncDisposableStack();
    const made = await eight(stack);
    made.people[4] = { id: '5', login: 'person_5', gone: true };
    await made.work();
    const id = await made.start();
    const counts = { state: 'done', expected: 8, chatters: 8, new_accounts: 8, enriched: 8, reason: null };
    expect(await made.ended(id)).toMatchObject(counts);
    expect(await idsOf(made, id)).toEqual(['1', '2', '3', '4', '5', '6', '7', '8']);
    const accounts = await made.desk.sql.query.selectFrom('accounts').selectAll().orderBy('id').execute();
    expect(accounts.map(({ created_at }) => created_at)).toEqual([1000, 2000, 3000, 4000, null, 6000, 7000, 8000]);
    expect(accounts.map(({ gone }) => gone)).toEqual([0, 0, 0, 0, 1, 0, 0, 0]);
    made.people.push({ id: '9', login: 'person_9' });
    const next = await made.ended(await made.start());
    expect(next).toMatchObject({
      chatters: 9,
      new_accounts: 1,
      enriched: 9,
      collection_id: (await made.capture(id)).collection_id,
    });
    // What was told within a day is believed.
    expect(made.asked).toBe(9);
  });

  it('does not wait for the one before it: a worker reads as many side by side as it may', async () => {
    await using stack = new AsyncDisposableStack();
    const made = await eight(stack);
    const { jobsAtOnce } = readWorkerOptions({ SECRET: 'a secret of 32 characters or more' });
    const all = Promise.withResolvers<void>();
    let reading = 0;
    // Nobody is answered until all of them ask.
    made.before = () => {
      reading += 1;
      if (reading === jobsAtOnce) all.resolve();
      return all.promise;
    };
    const ids: string[] = [];
    for (let i = 0; i < jobsAtOnce; i++) ids.push(await made.start(String(6000 + i)));
    await made.work(jobsAtOnce);
    for (const id of ids) expect((await made.ended(id)).state).toBe('done');
    expect(jobsAtOnce).toBeGreaterThanOrEqual(20);
  });

  it('waits while Twitch has no points and while it is away, and is complete then', async () => {
    await using stack = new AsyncDisposableStack();
    const made = await eight(stack);
    made.troubles.push(away, busy, away);
    await made.work();
    expect(await made.ended(await made.start())).toMatchObject({ state: 'done', chatters: 8 });
  });

  it('renews a consent that Twitch does not believe, once; a withdrawn one is told to the user', async () => {
    await using stack = new AsyncDisposableStack();
    const made = await eight(stack);
    await made.work();
    made.believed = 'second';
    expect(await made.ended(await made.start())).toMatchObject({ state: 'done', chatters: 8 });
    made.believed = 'neither';
    made.tokens.length = 0;
    const failed = await made.ended(await made.start());
    expect(failed).toMatchObject({ state: 'failed', reason: expect.stringContaining('Sign in again.') });
    expect(made.tokens).toEqual(['first', 'second']);
  });

  it('of a channel that the user does not moderate fails and says why', async () => {
    await using stack = new AsyncDisposableStack();
    const made = await eight(stack);
    made.troubles.push(chattersError('TWITCH_FORBIDDEN', { reason: 'not a moderator' }));
    await made.work();
    const failed = await made.ended(await made.start());
    expect(failed).toMatchObject({ state: 'failed', reason: expect.stringContaining('moderator') });
  });

  it('begins again at the first page when its cursor is refused, and nobody is in it twice', async () => {
    await using stack = new AsyncDisposableStack();
    const made = await eight(stack);
    // The second page's cursor, then the third's: the pages before were stored.
    made.troubles.push(undefined, refused, undefined, undefined, refused);
    await made.work();
    const id = await made.start();
    expect(await made.ended(id)).toMatchObject({ state: 'done', chatters: 8, new_accounts: 8, enriched: 8 });
    expect(await idsOf(made, id)).toHaveLength(8);
    expect(made.tokens).toHaveLength(8);
  });

  it('is never done with nobody: a list that is empty though people are there is asked for again', async () => {
    await using stack = new AsyncDisposableStack();
    const made = await eight(stack);
    made.troubles.push(null, null);
    await made.work();
    expect(await made.ended(await made.start())).toMatchObject({ state: 'done', chatters: 8 });
    made.people.length = 0;
    const nobody = await made.ended(await made.start());
    expect(nobody).toMatchObject({ state: 'failed', chatters: 0, reason: expect.stringContaining('Nobody') });
  });

  it('records each login of an account once, whether the list or the account tells of it, in however many captures', async () => {
    await using stack = new AsyncDisposableStack();
    const made = await eight(stack);
    made.people[1] = { id: '2', login: 'person_2', told: 'other_2' };
    await made.work();
    for (const login of ['person_1', 'second_name', 'second_name', 'third_name']) {
      made.people[0] = { id: '1', login };
      expect((await made.ended(await made.start())).state).toBe('done');
    }
    const names = made.desk.sql.query.selectFrom('account_names').select('login');
    const namesOf = async (id: string): Promise<string[]> => {
      const rows = await names.where('account_id', '=', id).orderBy('login').execute();
      return rows.map(({ login }) => login);
    };
    expect(await namesOf('1')).toEqual(['person_1', 'second_name', 'third_name']);
    expect(await namesOf('2')).toEqual(['other_2', 'person_2']);
    expect(await namesOf('3')).toEqual(['person_3']);
  });
});
