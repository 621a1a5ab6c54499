import { mariadbServer, startMariadb } from '@palier/testkit/engines';
import { describe, expect, it } from 'vitest';
import { scene } from '../testing/scene.ts';
import { save } from './change.ts';

describe('collections on MariaDB', mariadbServer().options, () => {
  it('are kept when saved; the eleventh drops the oldest, though two replicas save at once', async () => {
    await using stack = new AsyncDisposableStack();
    const { url } = stack.use(await startMariadb({ fast: true }));
    const { desk } = await scene(stack, url);
    const ids = Array.from({ length: 14 }, (_, i) => `c${String(i).padStart(2, '0')}`);
    const rows = ids.map((id, i) => ({
      id,
      user_id: '7',
      state: 'active' as const,
      created_at: i,
      expires_at: 2 ** 41,
    }));
    await desk.sql.query.insertInto('collections').values(rows).execute();
    for (const id of ids.slice(0, 10)) await save(desk, '7', id);
    await Promise.all(ids.slice(10).map((id) => save(desk, '7', id)));
    const saved = desk.sql.query.selectFrom('collections').select('id').where('state', '=', 'saved').orderBy('id');
    expect((await saved.execute()).map(({ id }) => id)).toEqual(ids.slice(4));
  }, 60_000);
});
