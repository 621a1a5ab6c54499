/**
 * What somebody else's API says of its limits: `RateLimit` (draft-ietf-httpapi-ratelimit-headers), `RateLimit-Limit/-Remaining/-Reset` (its older
 * drafts, Twitch), `X-RateLimit-…` (GitHub and most others), `Retry-After`.
 *
 * A reset may be seconds from now, or a moment; a moment is read by the answer's own `Date`, so that our clock need not be right.
 */

export interface Learned {
  /** How many in their window. */
  readonly limit?: number;
  readonly remaining?: number;
  /** Until their window is over, or their bucket is full. */
  readonly resetMs?: number;
  /** They refused: nobody should ask before. */
  readonly waitMs?: number;
}

export interface UpstreamAnswer {
  readonly status: number;
  readonly headers: Headers | Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** Seconds above it are a moment since 1970 (2001-09-09), below it a time from now. */
const leastEpochSeconds = 1_000_000_000;
/** A refusal that says nothing of when. */
const unsaidWaitMs = 1000;

export function learnedFrom(answer: UpstreamAnswer, epochMs: number): Learned {
  const { status } = answer;
  const field = (name: string): string | undefined => fieldOf(answer.headers, name);
  const dateMs = Date.parse(field('date') ?? '');
  const nowMs = Number.isNaN(dateMs) ? epochMs : dateMs;
  const draft = /;\s*r=(\d{1,15})(?:\s*;\s*t=(\d{1,15}))?/.exec(field('ratelimit') ?? '');
  const limit = whole(field('ratelimit-limit') ?? field('x-ratelimit-limit'));
  const remaining = whole(draft?.[1] ?? field('ratelimit-remaining') ?? field('x-ratelimit-remaining'));
  const reset = whole(draft?.[2] ?? field('ratelimit-reset') ?? field('x-ratelimit-reset'));
  const resetMs =
    reset === undefined ? undefined : Math.max(0, reset >= leastEpochSeconds ? reset * 1000 - nowMs : reset * 1000);
  const saidMs = retryAfterMs(field('retry-after'), nowMs);
  const refused = status === 429 || (status === 503 && saidMs !== undefined);
  const waitMs = refused ? (saidMs ?? (remaining === 0 ? resetMs : undefined) ?? unsaidWaitMs) : undefined;
  return {
    ...(limit === undefined || limit === 0 ? {} : { limit }),
    ...(remaining === undefined ? {} : { remaining }),
    ...(resetMs === undefined ? {} : { resetMs }),
    ...(waitMs === undefined ? {} : { waitMs }),
  };
}

function retryAfterMs(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined;
  const seconds = whole(value);
  if (seconds !== undefined) return seconds * 1000;
  const atMs = Date.parse(value);
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}

function fieldOf(headers: UpstreamAnswer['headers'], name: string): string | undefined {
  if (headers instanceof Headers) return headers.get(name) ?? undefined;
  const found = Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
  return typeof found === 'string' || found === undefined ? found : found.join(', ');
}

/** The first whole number, as `800` or `800, 800;w=60`. */
function whole(text: string | undefined): number | undefined {
  const match = /^\s*(\d{1,15})(?:\.\d*)?\s*(?:[,;]|$)/.exec(text ?? '');
  return match === null ? undefined : Number(match[1]);
}
