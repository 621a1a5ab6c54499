import { describe, expect, it } from 'vitest';
import { scene } from '../testing/scene.ts';
import { doneCaptures, readSeen } from './read.ts';

describe('readSeen()', () => {
  it('counts the renames of an account once, in however many captures of a collection it was seen', async () => {
    await using stack = new AsyncDisposableStack();
    const made = await scene(stack);
    made.people.push({ id: '1', login: 'first' }, { id: '2', login: 'once' }, { id: '3', login: 'faithful' });
    await made.work();
    let collection = '';
    for (const login of ['first', 'second', 'third', 'fourth', 'fourth']) {
      made.people[0] = { id: '1', login };
      if (login === 'fourth') made.people[1] = { id: '2', login: 'changed' };
      collection = (await made.ended(await made.start())).collection_id;
    }
    const { ids, channels } = await doneCaptures(made.desk.sql, collection);
    expect(channels).toEqual([{ id: '5001', login: 'calm', captures: 5 }]);
    const seen = await readSeen(made.desk.sql, ids);
    expect(seen.map(({ login, renames }) => [login, renames])).toEqual([
      ['fourth', 3],
      ['changed', 1],
      ['faithful', 0],
    ]);
  });
});
