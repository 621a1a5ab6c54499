/** What a browser saw of the pages of a system: the evidence by which limits on pages are judged. */

/** One loading of a page, with nothing remembered of an earlier one. */
export interface PageVisit {
  /** Milliseconds since the navigation began. Null: nothing was painted. */
  readonly firstContentfulPaintMs: number | null;
  /**
   * Milliseconds since the navigation began until a reader could use it: the first paint, the document and its deferred scripts, and the
   * last task longer than 50 ms before a quiet second are over. Null: it never became quiet.
   */
  readonly interactiveMs: number | null;
  /** Exceptions nobody caught, what the page's own policy refused, and scripts and styles that did not come: a sentence each. */
  readonly scriptErrors: readonly string[];
  /** Scripts and styles as they came over the wire, heads included. */
  readonly bundleBytes: number;
  /** Why this was not the page, such as `it was answered 500`. Null: it was. */
  readonly problem: string | null;
}

export interface VisitedPage {
  readonly path: string;
  readonly visits: readonly PageVisit[];
}

export interface PageEvidence {
  /** `Chromium 156.0.8078.79`; null: there was none, or it did not start. */
  readonly browser: string | null;
  /** Why nothing was seen, without a full stop; null: pages were visited. */
  readonly missing: string | null;
  readonly pages: readonly VisitedPage[];
}
