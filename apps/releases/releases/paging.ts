/** Pages of a list: which rows a page shows, and how many pages there are. */

export interface Paging {
  readonly page: number;
  readonly perPage: number;
}

export interface PageOf<Item> {
  readonly items: readonly Item[];
  readonly total: number;
  readonly page: number;
  readonly per_page: number;
  /** At least 1: an empty list has one page, with nothing on it. */
  readonly pages: number;
}

/** The part of a query that pages; numbers outside are refused by the schema. */
export const pagingSchema = {
  page: { type: 'integer', minimum: 1, maximum: 100_000, default: 1 },
  per_page: { type: 'integer', minimum: 1, maximum: 100, default: 20 },
} as const;

/** How many rows come before the page. */
export function offsetOf({ page, perPage }: Paging): number {
  return (page - 1) * perPage;
}

export function pageOf<Item>(items: readonly Item[], total: number, { page, perPage }: Paging): PageOf<Item> {
  return { items, total, page, per_page: perPage, pages: Math.max(1, Math.ceil(total / perPage)) };
}
