/** From what a browser told of one visit to its figures. Pure. */
import type { PageVisit } from '@palier/protocol';
import type { PageOptions } from './options.ts';

/** A time is in milliseconds since the navigation began, by the page's own clock. */
export interface PageTimes {
  readonly nowMs: number;
  readonly firstContentfulPaintMs: number | null;
  /** When the document was parsed and its deferred scripts had run; null: not yet. */
  readonly documentReadyMs: number | null;
  /** Tasks longer than 50 ms, in the order of time. */
  readonly longTasks: readonly { readonly startMs: number; readonly endMs: number }[];
}

/** A request that the page made. */
export interface PageRequest {
  readonly kind: string;
  readonly url: string;
  status: number | null;
  bytes: number;
  /** Why it came to nothing; null: it did not, or is under way. */
  failed: string | null;
  done: boolean;
}

export interface PageTrace {
  readonly requests: ReadonlyMap<string, PageRequest>;
  readonly errors: readonly string[];
  /** Of the document itself. */
  readonly document: PageRequest | null;
  /** When the last change between "few requests under way" and "many" was seen; null: there were never many. */
  readonly busyUntilMs: number | null;
}

/** Scripts and styles: what a browser must have before the page can be used. */
const bundled: ReadonlySet<string> = new Set(['Script', 'Stylesheet']);

/**
 * When a reader could use the page: the end of the last long task before `quietMs` without one, with few requests under way; not before
 * it was painted and its document ready (Lighthouse's "time to interactive", with a shorter quiet). Null: not yet.
 */
export function interactiveMs(
  { nowMs, firstContentfulPaintMs, documentReadyMs, longTasks }: PageTimes,
  { busyUntilMs }: Pick<PageTrace, 'busyUntilMs'>,
  { quietMs }: Pick<PageOptions, 'quietMs'>,
): number | null {
  if (firstContentfulPaintMs === null || documentReadyMs === null) return null;
  const least = Math.max(firstContentfulPaintMs, documentReadyMs);
  const last = longTasks.reduce((latest, { endMs }) => Math.max(latest, endMs), 0);
  const usable = Math.max(least, last);
  return nowMs - Math.max(usable, busyUntilMs ?? 0) >= quietMs ? usable : null;
}

/** `times`: null when the page could not be asked. */
export function visitOf(trace: PageTrace, times: PageTimes | null, options: PageOptions): PageVisit {
  const requests = [...trace.requests.values()];
  const own = requests.filter(({ kind }) => bundled.has(kind));
  const lost = own.flatMap(({ url, status, failed }) => {
    if (failed !== null) return [`${pathOf(url)} did not come (${failed})`];
    return status !== null && status >= 400 ? [`${pathOf(url)} was answered ${status}`] : [];
  });
  return {
    firstContentfulPaintMs: times?.firstContentfulPaintMs ?? null,
    interactiveMs: times === null ? null : interactiveMs(times, trace, options),
    scriptErrors: [...trace.errors, ...lost].slice(0, options.maxErrorsKept),
    bundleBytes: own.reduce((sum, { bytes }) => sum + bytes, 0),
    problem: problemOf(trace.document),
  };
}

/** A page of an error paints fast, too: it is not the page that was asked for. */
function problemOf(document: PageRequest | null): string | null {
  if (document === null) return 'it was not answered';
  if (document.failed !== null) return `it did not come (${document.failed})`;
  if (document.status === null) return 'it was not answered';
  return document.status >= 400 ? `it was answered ${document.status}` : null;
}

function pathOf(url: string): string {
  return URL.parse(url)?.pathname ?? url.slice(0, 100);
}
