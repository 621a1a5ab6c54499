/** What the answers about accounts change in what is known of them: pure. */
import type { TwitchAccount } from '../twitch-api/routes.ts';

export interface AnswerNews {
  /** By id. */
  readonly told: readonly TwitchAccount[];
  /** Asked for and not told: deleted or suspended. */
  readonly gone: readonly string[];
  /** Told with a login that nobody had seen on them. */
  readonly named: readonly TwitchAccount[];
}

/** What is known of an account before it is asked for. */
export interface KnownAccount {
  readonly id: string;
  readonly login: string;
  readonly fetched_at: number | null;
}

/** What was told a day ago is believed. */
const believedForMs = 86_400_000;
const idsACall = 100;

/** The calls that are to be made for these accounts, each with its ids. */
export function callsFor(accounts: readonly KnownAccount[], nowMs: number): readonly (readonly string[])[] {
  const wanted = accounts
    .filter(({ fetched_at: atMs }) => atMs === null || atMs < nowMs - believedForMs)
    .map(({ id }) => id);
  return Array.from({ length: Math.ceil(wanted.length / idsACall) }, (_, call) =>
    wanted.slice(call * idsACall, (call + 1) * idsACall),
  );
}

/** `asked`: ids; `logins`: as they are known. An account that was not asked for is passed by. */
export function answerNews(
  asked: readonly string[],
  answered: readonly TwitchAccount[],
  logins: ReadonlyMap<string, string>,
): AnswerNews {
  const byId = new Map(answered.map((account) => [account.id, account]));
  const ids = [...new Set(asked)].toSorted();
  const told = ids.flatMap((id) => byId.get(id) ?? []);
  return {
    told,
    gone: ids.filter((id) => !byId.has(id)),
    named: told.filter(({ id, login }) => logins.get(id) !== login),
  };
}
