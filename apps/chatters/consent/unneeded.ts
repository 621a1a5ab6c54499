/** Consents of users who have signed out, and of whom no capture is under way any more. */
import type { Sql } from '@palier/kit/state/sql';
import type { ConsentRow, Tables } from '../database/tables.ts';

/** Users looked at in one go. */
const atOnce = 100;

/** Removes them, gives each to `removed`, and answers how many there were. */
export async function removeUnneeded(
  { query }: Sql<Tables>,
  removed: (row: ConsentRow) => Promise<void>,
): Promise<number> {
  const needing = query
    .selectFrom('captures')
    .select('user_id')
    .where('state', 'in', ['waiting', 'reading', 'enriching']);
  const rows = await query
    .selectFrom('consents')
    .selectAll()
    .where('signed_out_at', 'is not', null)
    .where('user_id', 'not in', needing)
    .limit(atOnce)
    .execute();
  const gone = await Promise.all(
    rows.map(async (row) => {
      // Who has signed in again since has another turn.
      const { numDeletedRows } = await query
        .deleteFrom('consents')
        .where('user_id', '=', row.user_id)
        .where('turn', '=', row.turn)
        .where('signed_out_at', 'is not', null)
        .executeTakeFirst();
      if (Number(numDeletedRows) !== 1) return 0;
      await removed(row);
      return 1;
    }),
  );
  return gone.reduce<number>((sum, one) => sum + one, 0);
}
