/**
 * What an access token claims (RFC 7519, RFC 9068), and whether that holds now. Pure, and strict: exactly what this room issues is taken.
 *
 * `exp` has no tolerance: a token is over at that second for every replica, in a copy as well as afresh.
 */
import type { ExtraClaims } from './options.ts';
import type { Generation } from './stored/revocation.ts';

/** What is known of a caller whose token holds. */
export interface AccessClaims {
  readonly user: string;
  /** The login that the token comes from: all tokens refreshed from it share it. */
  readonly family: string;
  /** Of this token alone (`jti`). */
  readonly id: string;
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
  readonly generation: Generation;
  /** What the service added. */
  readonly extra: ExtraClaims;
}

export interface Expected {
  readonly issuer: string;
  readonly audience: string;
  readonly accessLifeMs: number;
  readonly toleranceMs: number;
}

/** Why claims are refused, for a log; a stranger is told nothing of it. */
export type ClaimFault = 'issuer' | 'audience' | 'claims' | 'life' | 'early' | 'expired';

/** An id of ours: 128 bits from the CSPRNG, so that no separator and no foreign text gets into a key or a record. */
export const idPattern: RegExp = /^[\w-]{22}$/;

/** The claims that this room writes; a service cannot add its own under these names. */
const reserved = new Set(['iss', 'aud', 'sub', 'exp', 'nbf', 'iat', 'jti', 'fam', 'gen']);

/** What most tokens say: held as long as the token, so one for all of them. */
const noExtra: ExtraClaims = Object.freeze({});
const firstGeneration: Generation = Object.freeze({ user: 0, everyone: 0 });

export function checkClaims(
  payload: Readonly<Record<string, unknown>>,
  expected: Expected,
  nowMs: number,
): AccessClaims | ClaimFault {
  const { iss, aud, sub, exp, nbf, iat, jti, fam, gen } = payload;
  if (iss !== expected.issuer) return 'issuer';
  if (aud !== expected.audience) return 'audience';
  if (typeof sub !== 'string' || !isUser(sub) || !isId(jti) || !isId(fam)) return 'claims';
  if (!isSeconds(exp) || !isSeconds(nbf) || !isSeconds(iat) || !isGeneration(gen)) return 'claims';
  if (nbf !== iat || exp <= iat || (exp - iat) * 1000 > longestLifeMs(expected)) return 'life';
  if (iat * 1000 > nowMs + expected.toleranceMs) return 'early';
  if (isOver(exp * 1000, nowMs)) return 'expired';
  return {
    user: sub,
    family: fam,
    id: jti,
    issuedAtMs: iat * 1000,
    expiresAtMs: exp * 1000,
    generation: gen[0] === 0 && gen[1] === 0 ? firstGeneration : { user: gen[0], everyone: gen[1] },
    extra: Object.keys(payload).length === reserved.size ? noExtra : extraOf(payload),
  };
}

/**
 * The longest life that is believed: twice our own, since another replica may have an older or a newer setting. A revocation is kept for
 * longer, and so is a key that signs no more.
 */
export function longestLifeMs({ accessLifeMs }: Pick<Expected, 'accessLifeMs'>): number {
  return 2 * accessLifeMs;
}

/** "on or after" (RFC 7519, 4.1.4). */
export function isOver(expiresAtMs: number, nowMs: number): boolean {
  return nowMs >= expiresAtMs;
}

/** The payload of such claims: what `checkClaims` takes. */
export function payloadOf(claims: AccessClaims, { issuer, audience }: Expected): Record<string, unknown> {
  const iat = claims.issuedAtMs / 1000;
  return {
    ...extraOf(claims.extra),
    iss: issuer,
    aud: audience,
    sub: claims.user,
    iat,
    nbf: iat,
    exp: claims.expiresAtMs / 1000,
    jti: claims.id,
    fam: claims.family,
    gen: [claims.generation.user, claims.generation.everyone],
  };
}

/**
 * Whether a text can be a user's id: well-formed (two different lone surrogates are the same bytes in UTF-8, so two users would share a key)
 * and at most 128 bytes, which escaped in a key stay below its limit.
 */
export function isUser(text: string): boolean {
  return text.length > 0 && text.length <= 128 && text.isWellFormed() && Buffer.byteLength(text) <= 128;
}

/** The service's own. */
function extraOf(claims: ExtraClaims): ExtraClaims {
  return Object.fromEntries(Object.entries(claims).filter(([name]) => !reserved.has(name)));
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && idPattern.test(value);
}

function isSeconds(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 40;
}

function isGeneration(value: unknown): value is readonly [number, number] {
  return Array.isArray(value) && value.length === 2 && value.every((one) => Number.isSafeInteger(one) && one >= 0);
}
