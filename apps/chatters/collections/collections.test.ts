import { systemSurroundings } from '@palier/base/surroundings';
import { virtualTime } from '@palier/testkit/clock';
import { describe, expect, it } from 'vitest';
import type { CollectionState } from '../database/tables.ts';
import { type Scene, scene } from '../testing/scene.ts';
import { clean } from '../worker/clean.ts';
import { purge, remove, save } from './change.ts';
import { collectionDefaults } from './options.ts';
import { startCapture } from './start.ts';

const dayMs = 86_400_000;

async function collection(
  { desk }: Scene,
  id: string,
  createdMs: number,
  state: CollectionState = 'active',
): Promise<void> {
  const row = { id, user_id: '7', state, created_at: createdMs, expires_at: createdMs + dayMs };
  await desk.sql.query.insertInto('collections').values(row).execute();
}

async function states({ desk }: Scene): Promise<Record<string, CollectionState>> {
  const rows = await desk.sql.query.selectFrom('collections').select(['id', 'state']).execute();
  return Object.fromEntries(rows.map(({ id, state }) => [id, state]));
}

describe('startCapture()', () => {
  it('answers the capture of a channel that is under way, and refuses the twenty-first', async () => {
    await using stack = new AsyncDisposableStack();
    const made = await scene(stack);
    const first = await made.start('5001');
    expect(await made.start('5001')).toBe(first);
    for (let channel = 5002; channel <= 5020; channel++) await made.start(String(channel));
    await expect(made.start('5021')).rejects.toMatchObject({ code: 'CAPTURES_MANY' });
    const captures = await made.desk.sql.query.selectFrom('captures').select('collection_id').execute();
    expect([captures.length, new Set(captures.map((one) => one.collection_id)).size]).toEqual([20, 1]);
  });

  it('begins another collection when one has as many captures as are read side by side', async () => {
    await using stack = new AsyncDisposableStack();
    const { desk } = await scene(stack);
    const options = { ...collectionDefaults, mostInCollection: 3 };
    const { clock, advance } = virtualTime();
    const around = { ...desk, clock, entropy: systemSurroundings().entropy };
    for (let channel = 1; channel <= 7; channel++) {
      await advance(1);
      await startCapture(around, '7', { id: `${channel}`, login: 'x' }, options);
    }
    const captures = await desk.sql.query.selectFrom('captures').select('collection_id').execute();
    const counts = Map.groupBy(captures, ({ collection_id: id }) => id);
    expect([...counts.values()].map(({ length }) => length).toSorted()).toEqual([1, 3, 3]);
  });
});

describe('collections', () => {
  it('are kept when saved; the eleventh drops the one that began first', async () => {
    await using stack = new AsyncDisposableStack();
    const made = await scene(stack);
    for (let i = 0; i < 11; i++) {
      await collection(made, `c${String(i).padStart(2, '0')}`, i);
      await save(made.desk, '7', `c${String(i).padStart(2, '0')}`);
    }
    const kept = Object.entries(await states(made)).filter(([, state]) => state === 'saved');
    expect(kept.map(([id]) => id)).toEqual(['c01', 'c02', 'c03', 'c04', 'c05', 'c06', 'c07', 'c08', 'c09', 'c10']);
  });

  it('are never dropped by being saved, however early they began', async () => {
    await using stack = new AsyncDisposableStack();
    const made = await scene(stack);
    for (let i = 0; i < 10; i++) await collection(made, `later${i}`, 100 + i, 'saved');
    await collection(made, 'first', 0);
    await save(made.desk, '7', 'first');
    expect(await states(made)).toMatchObject({ first: 'saved', later0: 'expired', later1: 'saved' });
  });

  it('are nobody else’s to save or delete', async () => {
    await using stack = new AsyncDisposableStack();
    const made = await scene(stack);
    await collection(made, 'mine', 0);
    await expect(save(made.desk, '8', 'mine')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(remove(made.desk, '8', 'mine')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await purge(made.desk, '8');
    expect(await states(made)).toEqual({ mine: 'active' });
  });

  it('expire after a day unless they are saved, and their rows go a week later', async () => {
    await using stack = new AsyncDisposableStack();
    const made = await scene(stack);
    const { clock, advance } = virtualTime();
    await collection(made, 'active', clock.epochMs());
    await collection(made, 'saved', clock.epochMs(), 'saved');
    const desk = { ...made.desk, clock };
    await clean(desk);
    expect(await states(made)).toEqual({ active: 'active', saved: 'saved' });
    await advance(dayMs + 1000);
    await clean(desk);
    expect(await states(made)).toEqual({ active: 'expired', saved: 'saved' });
    await advance(collectionDefaults.keepExpiredMs + 1000);
    await clean(desk);
    expect(await states(made)).toEqual({ saved: 'saved' });
  });

  it('go with all their rows when they are deleted, and what was still being read of them ends', async () => {
    await using stack = new AsyncDisposableStack();
    const made = await scene(stack);
    made.people.push({ id: '1', login: 'person_1' });
    const waiting = await made.start('5001');
    const { collection_id: id } = await made.capture(waiting);
    await remove(made.desk, '7', id);
    expect(await made.capture(waiting)).toMatchObject({ state: 'failed', reason: 'Its collection was deleted.' });
    const chatter = { capture_id: waiting, account_id: '1' };
    await made.desk.sql.query.insertInto('capture_chatters').values(chatter).execute();
    await clean(made.desk);
    for (const table of ['collections', 'captures', 'capture_chatters'] as const) {
      expect(await made.desk.sql.query.selectFrom(table).selectAll().execute()).toEqual([]);
    }
    await made.work();
    expect((await made.ended(await made.start('5001'))).state).toBe('done');
  });

  it('say of a capture whose job is dead that it failed, and why', async () => {
    await using stack = new AsyncDisposableStack();
    const made = await scene(stack);
    const captureId = await made.start('5001');
    const of = { id: 1, name: 'read', priority: 0, attempt: 60, crashes: 0, payload: { captureId }, addedAtMs: 0 };
    const dead = { ...of, state: 'dead', reason: 'failed 60 times', error: 'Error: lost\n    at …' } as const;
    const queue: Scene['desk']['queue'] = Object.assign(Object.create(made.desk.queue), { list: async () => [dead] });
    await clean({ ...made.desk, queue });
    const reason = 'It could not be completed: failed 60 times (Error: lost).';
    expect(await made.capture(captureId)).toMatchObject({ state: 'failed', reason });
  });
});
