/** On both databases, with ten thousand releases. */
import { systemClock } from '@palier/base/clock';
import { systemSurroundings } from '@palier/base/surroundings';
import { createMeters } from '@palier/kit/meter';
import { openBus } from '@palier/kit/state';
import { type CompiledQuery, sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openFigures } from '../dashboard/figures.ts';
import { sortColumns } from '../releases/find.ts';
import { allEngines } from '../testing/engines.ts';
import { type Inside, openInside } from '../testing/inside.ts';
import { type PlanStep, planOf, remembered, type Statements } from '../testing/statements.ts';
import { memoMaker } from '../web/shop.ts';

/** Tables of fewer rows may be read whole: roles, groups, accounts. */
const few = 1000;

for (const engines of allEngines) {
  describe(`on ${engines.name}`, engines.options, () => {
    const stack = new AsyncDisposableStack();
    let inside: Inside;
    let statements: Statements;
    beforeAll(async () => {
      const env = await engines.start(stack);
      const change = (shop: Inside['shop']): Inside['shop'] => {
        statements = remembered(shop.db);
        return { ...shop, db: statements.db };
      };
      inside = stack.use(await openInside({ releases: 10_000, rules: 2000, env, change }));
      // MariaDB plans by what it knows of the tables; by itself it looks some time after they were filled.
      if (env['DATABASE_URL'] !== undefined) {
        const tables = sql`analyze table releases, release_words, jobs, users, rules, user_roles, user_groups`;
        await tables.execute(inside.shop.db.query);
      }
    }, 120_000);
    afterAll(() => stack.disposeAsync());

    /** Of every statement that the request sends, what of its plan should not be. */
    async function faultsOf(path: string): Promise<string[]> {
      statements.take();
      const { status } = await inside.ask(1, 'GET', path);
      expect([path, status]).toEqual([path, 200]);
      return faultsOfSent(path);
    }

    async function faultsOfSent(path: string): Promise<string[]> {
      const sent = statements.take();
      expect([path, sent.length > 0]).toEqual([path, true]);
      const faults: string[] = [];
      for (const statement of sent) {
        const plan = await planOf(inside.shop.db, statement);
        const wrong = plan.filter((step) => isFault(step, statement));
        faults.push(...wrong.map((step) => `${path}: ${JSON.stringify(step)}: ${statement.sql}`));
      }
      return faults;
    }

    /**
     * A walk along an index that nothing ends, and a sort of more than a few. A count is remembered for two seconds, and never reads the
     * rows; SQLite does not say how many rows it expects, so there a sort is a fault where nothing is looked up first.
     */
    function isFault({ reads, table, rows, sorts }: PlanStep, statement: CompiledQuery): boolean {
      if (table.startsWith('<') || table === 'page' || (rows !== null && rows <= few)) return false;
      if (reads === 'everything') return true;
      if (statement.sql.startsWith('select count(*)')) return false;
      return reads === 'index' ? sorts || !/ limit \S+/.test(statement.sql) : sorts && rows !== null;
    }

    test('No read of a page or of one row goes through a whole table, or sorts what an index could give in order', async () => {
      const one = (await inside.ask(1, 'GET', '/api/releases?per_page=1')).body.items[0];
      const rule = (await inside.ask(1, 'GET', '/api/rules?per_page=1')).body.items[0];
      const lists = [
        '',
        '&release_type=EBOOK',
        '&release_type=GAME',
        '&status=completed',
        '&release_type=TV&status=failed',
      ]
        .concat([
          `&user_id=${one.user.id}`,
          `&group=${one.group.name}`,
          `&group_id=${one.group.id}`,
          '&search=elegant+lan',
        ])
        .flatMap((filter) =>
          sortColumns.flatMap((sort) => [`&sort_by=${sort}${filter}`, `&sort_order=asc&sort_by=${sort}${filter}`]),
        );
      const faults: string[] = [];
      for (const path of [
        '/api/auth/me',
        `/api/releases/${one.id}`,
        '/api/rules',
        '/api/rules?section=EBOOK',
        `/api/rules/${rule.id}`,
        `/api/users/${one.user.id}`,
        ...lists.map((list) => `/api/releases?page=3${list}`),
      ]) {
        faults.push(...(await faultsOf(path)));
      }
      for (const sort of ['created_at', 'title'] as const) {
        for (const filter of ['', '&release_type=EBOOK', '&status=completed']) {
          const { next } = (await inside.ask(1, 'GET', `/api/releases?page=100&sort_by=${sort}${filter}`)).body;
          faults.push(...(await faultsOf(`/api/releases?sort_by=${sort}${filter}&after=${next}`)));
        }
      }
      // The dashboard's have a database of their own handle.
      await using bus = await openBus('sqlite::memory:', systemSurroundings());
      await using figures = await openFigures(statements.db, bus, memoMaker(createMeters(), systemClock()));
      await Promise.all([figures.all(), figures.of(one.user.id)]);
      faults.push(...(await faultsOfSent('/api/dashboard/stats')));
      expect(faults).toEqual([]);
    });

    test('The check sees a table that is read whole, and a sort of one', async () => {
      const { query } = statements.db;
      statements.take();
      await query.selectFrom('releases').select('id').where('title', 'like', '%x%').limit(1).execute();
      await query.selectFrom('releases').select('id').orderBy('updated_at').limit(1).execute();
      const found: boolean[] = [];
      for (const statement of statements.take()) {
        found.push((await planOf(inside.shop.db, statement)).some((step) => isFault(step, statement)));
      }
      expect(found).toEqual([true, true]);
    });
  });
}
