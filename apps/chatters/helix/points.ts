/**
 * The bucket of points of one user of one client: `perMinute` points, refilled evenly, one for each call (dev.twitch.tv, "Twitch API Concepts",
 * rate limits). A pure function of what was left and when.
 */

export interface Points {
  readonly left: number;
  readonly atMs: number;
}

export interface PointsAnswer {
  readonly admitted: boolean;
  readonly points: Points;
  /** `Ratelimit-Limit`, `Ratelimit-Remaining`, `Ratelimit-Reset` (Unix seconds at which the bucket is full again). */
  readonly headers: Readonly<Record<'ratelimit-limit' | 'ratelimit-remaining' | 'ratelimit-reset', string>>;
}

/** `points`: undefined for a user who never called. */
export function takePoint(points: Points | undefined, perMinute: number, nowMs: number): PointsAnswer {
  const perMs = perMinute / 60_000;
  const before =
    points === undefined ? perMinute : Math.min(perMinute, points.left + Math.max(0, nowMs - points.atMs) * perMs);
  const admitted = before >= 1;
  const left = admitted ? before - 1 : before;
  return {
    admitted,
    points: { left, atMs: nowMs },
    headers: {
      'ratelimit-limit': String(perMinute),
      'ratelimit-remaining': String(Math.floor(left)),
      'ratelimit-reset': String(Math.ceil((nowMs + (perMinute - left) / perMs) / 1000)),
    },
  };
}
