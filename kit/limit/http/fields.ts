/**
 * A decision as HTTP says it: `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10), `Retry-After` (RFC 9110, 10.2.3),
 * and the status. Limited is 429; what could not be told is 503: the client did nothing wrong.
 */
import type { Decision } from '../decision.ts';

export interface LimitAnswer {
  readonly status: 429 | 503;
  readonly fields: Readonly<Record<string, string>>;
  /** `application/problem+json` (RFC 9457). */
  readonly body: string;
}

/** Whole seconds, rounded up: who obeys comes late enough. */
const unavailableSeconds = 1;

/** The fields of any answer; empty when nothing is known. */
export function limitFields({ limits, outcome, retryAfterMs }: Decision): Readonly<Record<string, string>> {
  const fields: Record<string, string> = {};
  if (limits.length > 0) {
    fields['ratelimit-policy'] = limits
      .map(({ name, policy }) => `"${name}";q=${policy.permits};w=${Math.ceil(policy.windowMs / 1000)}`)
      .join(', ');
    // `t`: until additional quota is made available; left out when there is no more to come.
    fields['ratelimit'] = limits
      .map(
        ({ name, remaining, nextMs }) =>
          `"${name}";r=${remaining}${nextMs > 0 ? `;t=${Math.ceil(nextMs / 1000)}` : ''}`,
      )
      .join(', ');
  }
  if (outcome === 'limited') fields['retry-after'] = String(Math.max(1, Math.ceil(retryAfterMs / 1000)));
  if (outcome === 'unavailable') fields['retry-after'] = String(unavailableSeconds);
  return fields;
}

/** What to answer instead of acting; undefined for who is admitted. */
export function limitAnswer(decision: Decision): LimitAnswer | undefined {
  const { outcome, limits } = decision;
  if (outcome === 'admitted') return undefined;
  const fields = { ...limitFields(decision), 'content-type': 'application/problem+json', 'cache-control': 'no-store' };
  if (outcome === 'unavailable') {
    return { status: 503, fields, body: JSON.stringify({ title: 'It cannot be told whether you may', status: 503 }) };
  }
  const broken = limits.filter(({ limited }) => limited).map(({ name }) => name);
  return { status: 429, fields, body: JSON.stringify({ title: 'Too many requests', status: 429, limits: broken }) };
}
