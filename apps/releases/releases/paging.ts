/** Pages of a list: which rows a page shows, how many pages there are, and where a list goes on after a row. */

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

/** A row's place in an order. */
export interface Place {
  /** What the list is sorted by, and which way. */
  readonly order: string;
  readonly key: string;
  readonly createdAt: string;
  readonly id: string;
}

/** A place as a client keeps it: text that means nothing to it. */
export function cursorOf({ order, key, createdAt, id }: Place): string {
  return Buffer.from(JSON.stringify([order, key, createdAt, id])).toString('base64url');
}

/** Undefined when it is none of ours. */
export function placeOf(cursor: string): Place | undefined {
  try {
    const told: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (!Array.isArray(told) || told.length !== 4 || told.some((part) => typeof part !== 'string')) return undefined;
    const [order, key, createdAt, id] = told as [string, string, string, string];
    return { order, key, createdAt, id };
  } catch {
    return undefined;
  }
}
