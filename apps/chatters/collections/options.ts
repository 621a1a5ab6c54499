/** How much a user may have, and how long: each with its reason. */
export interface CollectionOptions {
  /** An active collection ends so long after its first capture. */
  readonly activeForMs: number;
  /** Saved ones of a user; one more, and the oldest goes. */
  readonly mostSaved: number;
  /** Captures of one collection; the next one begins another. */
  readonly mostInCollection: number;
  /** Captures of a user that are under way at once. */
  readonly mostUnderWay: number;
  /** What has expired can still be counted on for so long; then its rows go. */
  readonly keepExpiredMs: number;
}

const dayMs = 86_400_000;

export const collectionDefaults: CollectionOptions = {
  // An evening, and the morning after it.
  activeForMs: dayMs,
  mostSaved: 10,
  // Its analysis and its exports read all of them side by side.
  mostInCollection: 200,
  // More than channels that one moderates at a time; each may cost thousands of points.
  mostUnderWay: 20,
  keepExpiredMs: 7 * dayMs,
};
