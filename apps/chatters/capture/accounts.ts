/** Writes what was seen and told of accounts, inside the transaction of who saw it. Rows are taken by id, so that writers do not wait crosswise. */
import type { Sql, Steps, Transaction } from '@palier/kit/state/sql';
import type { AccountRow, Tables } from '../database/tables.ts';
import type { AnswerNews } from './answers.ts';
import type { Chatter } from './page.ts';

/** Logins by id, of those that are known. */
export function* loginsOf(
  { query }: Sql<Tables>,
  tx: Transaction,
  ids: readonly string[],
): Steps<ReadonlyMap<string, string>> {
  if (ids.length === 0) return new Map();
  const rows = yield* tx.all(query.selectFrom('accounts').select(['id', 'login']).where('id', 'in', ids));
  return new Map(rows.map(({ id, login }) => [id, login]));
}

/** Accounts that were seen in a chat, each once. */
export function* storeSeen(
  { query, words }: Sql<Tables>,
  tx: Transaction,
  accounts: readonly Chatter[],
  nowMs: number,
): Steps<void> {
  if (accounts.length === 0) return;
  const rows = accounts.map(({ id, login, displayName }) => ({
    ...unknown(id, nowMs),
    login,
    display_name: displayName,
  }));
  const insert = query.insertInto('accounts').values(rows);
  yield* tx.run(words.upsert(insert, ['id'], ['login', 'display_name', 'last_seen_at']));
}

/** What Twitch told of accounts that were seen before. */
export function* storeTold(
  { query, words }: Sql<Tables>,
  tx: Transaction,
  { told, gone }: AnswerNews,
  nowMs: number,
): Steps<void> {
  if (told.length > 0) {
    const rows = told.map(({ id, login, displayName, createdMs, broadcasterType }) => ({
      ...unknown(id, nowMs),
      login,
      display_name: displayName,
      created_at: createdMs,
      broadcaster_type: broadcasterType,
      fetched_at: nowMs,
    }));
    const insert = query.insertInto('accounts').values(rows);
    const columns = ['login', 'display_name', 'created_at', 'broadcaster_type', 'fetched_at', 'gone'] as const;
    yield* tx.run(words.upsert(insert, ['id'], columns));
  }
  if (gone.length > 0) {
    yield* tx.run(query.updateTable('accounts').set({ gone: 1, fetched_at: nowMs }).where('id', 'in', gone));
  }
}

/** Logins that were seen on accounts for the first time. */
export function* storeNames(
  { query, words }: Sql<Tables>,
  tx: Transaction,
  named: readonly { readonly id: string; readonly login: string }[],
  nowMs: number,
): Steps<void> {
  if (named.length === 0) return;
  const rows = named.map(({ id, login }) => ({ account_id: id, login, first_seen_at: nowMs }));
  yield* tx.run(words.insertUnlessThere(query.insertInto('account_names').values(rows), ['account_id', 'login']));
}

function unknown(id: string, nowMs: number): Omit<AccountRow, 'login' | 'display_name'> {
  const seen = { id, first_seen_at: nowMs, last_seen_at: nowMs };
  return { ...seen, created_at: null, broadcaster_type: '', fetched_at: null, gone: 0 };
}
