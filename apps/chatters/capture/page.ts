/** What a page of chatters adds to a capture and to what is known of accounts, and what comes after it: pure. */
import type { ChattersPage } from '../twitch-api/routes.ts';

export type Chatter = ChattersPage['chatters'][number];

/** Where the reading of a list is; saved with the rows of the page before. */
export interface Place {
  /** Null: at the first page. */
  readonly cursor: string | null;
  /** Pages read since the first one. */
  readonly pages: number;
  /** How often it had to begin at the first page again. */
  readonly begunAgain: number;
}

export interface PageNews {
  /** Each account of the page once, by id, so that two captures that meet take their rows in one order. */
  readonly accounts: readonly Chatter[];
  /** Of them: those that the capture does not have yet. */
  readonly fresh: readonly string[];
  /** Of the fresh ones: how many nobody had ever seen. */
  readonly newAccounts: number;
  /** Of them: those whose login nobody had seen on them. */
  readonly named: readonly Chatter[];
}

export type AfterPage =
  | { readonly next: 'page'; readonly place: Place }
  /** Complete. */
  | { readonly next: 'enrich' }
  /** Nobody was listed, though somebody is there: no success, the list is asked for again. */
  | { readonly next: 'empty' }
  /** Nobody is there. */
  | { readonly next: 'nobody' };

export type AfterRefusal = { readonly next: 'page'; readonly place: Place } | { readonly next: 'fail' };

export const firstPlace: Place = { cursor: null, pages: 0, begunAgain: 0 };

/** Three million chatters: a list that is longer has lost its end. */
const mostPages = 3000;
/** Cursors live for minutes: whoever loses ten of them reads too slowly for this list. */
const mostBegunAgain = 10;

/** `logins`: of the accounts that are known; `present`: ids of the capture. */
export function newsOf(
  chatters: readonly Chatter[],
  logins: ReadonlyMap<string, string>,
  present: ReadonlySet<string>,
): PageNews {
  const byId = new Map(chatters.map((chatter) => [chatter.id, chatter]));
  const accounts = [...byId.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const fresh = accounts.filter(({ id }) => !present.has(id));
  return {
    accounts,
    fresh: fresh.map(({ id }) => id),
    newAccounts: fresh.filter(({ id }) => !logins.has(id)).length,
    named: accounts.filter(({ id, login }) => logins.get(id) !== login),
  };
}

/** `stored`: chatters that the capture has, with this page's. */
export function afterPage(place: Place, page: ChattersPage, stored: number): AfterPage {
  const pages = place.pages + 1;
  if (page.cursor !== null && pages < mostPages) {
    return { next: 'page', place: { ...place, cursor: page.cursor, pages } };
  }
  if (stored > 0) return { next: 'enrich' };
  return { next: page.total > 0 ? 'empty' : 'nobody' };
}

/** Twitch took the request for none: a cursor that is too old; what was read stays, and whoever is met again is one chatter. */
export function afterRefusal({ cursor, begunAgain }: Place): AfterRefusal {
  if (cursor === null || begunAgain >= mostBegunAgain) return { next: 'fail' };
  return { next: 'page', place: { ...firstPlace, begunAgain: begunAgain + 1 } };
}
