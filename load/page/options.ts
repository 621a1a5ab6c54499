/** How pages are visited, each with its reason. */

export interface PageOptions {
  /** Judged visits of each page. */
  readonly visitsCount: number;
  /** Without a long task, and with two requests under way at most, until a page counts as interactive. */
  readonly quietMs: number;
  readonly visitTimeoutMs: number;
  readonly commandTimeoutMs: number;
  readonly closeTimeoutMs: number;
  readonly pollMs: number;
  readonly maxBusyRequests: number;
  readonly maxErrorsKept: number;
  readonly maxMessageBytes: number;
}

export const pageDefaults: PageOptions = {
  // The least of which the lowest and the highest enclose the median with 95 % (1 − 2/2⁶).
  visitsCount: 6,
  // Lighthouse waits for five, which would be half a minute a page; a page that works in bursts a second apart is rare.
  quietMs: 1000,
  // A person has gone by then.
  visitTimeoutMs: 30_000,
  // A command takes a millisecond, the first one as long as the start: five seconds from a slow disk.
  commandTimeoutMs: 20_000,
  // It closes within a tenth of that.
  closeTimeoutMs: 3000,
  // A tenth of the quiet second.
  pollMs: 100,
  // As Lighthouse: a page that polls or streams may be used.
  maxBusyRequests: 2,
  // A loop that throws is one mistake.
  maxErrorsKept: 20,
  // The answers that are asked for have some kilobytes.
  maxMessageBytes: 16 * 1024 * 1024,
};
