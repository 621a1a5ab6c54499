/** Pages and their cursors, and how a query is read. */

export type Query = Readonly<Record<string, string | readonly string[] | undefined>>;

/** How many a page should have; undefined: not allowed. */
export function pageSize(text: Query[string], usual: number, most: number): number | undefined {
  if (text === undefined) return usual;
  const value = /^\d{1,4}$/.test(String(text)) ? Number(text) : 0;
  return value >= 1 && value <= most ? value : undefined;
}

/** A cursor names its list, a place in it, and when it was given out. */
export function writeCursor(list: string, from: number, nowMs: number): string {
  return Buffer.from(JSON.stringify([list, from, nowMs])).toString('base64url');
}

/** The place to go on from, 0 without a cursor; undefined: it is of another list, too old, or no cursor. */
export function readCursor(text: Query[string], list: string, nowMs: number, lifeMs: number): number | undefined {
  if (text === undefined || text === '') return 0;
  let cursor: unknown;
  try {
    cursor = JSON.parse(Buffer.from(String(text), 'base64url').toString());
  } catch {
    return undefined;
  }
  if (!Array.isArray(cursor)) return undefined;
  const [of, from, issuedMs] = cursor;
  return of === list && Number.isSafeInteger(from) && from > 0 && nowMs - issuedMs < lifeMs ? from : undefined;
}

/** A parameter that may come several times. */
export function listed(value: Query[string]): readonly string[] {
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : value;
}
