/**
 * The keys that sign access tokens: which one signs now, which ones are still believed, and what others are told (JWKS, RFC 7517).
 *
 * A key is chosen by the whole first part of a token, compared with the very bytes that we write there: no header of a stranger is parsed, so
 * neither `alg` nor `kid` nor `jwk`, `jku` or `x5c` of it decides anything. A key has one algorithm, for as long as it lives.
 */
import {
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  type JsonWebKey,
  type KeyObject,
  type webcrypto,
} from 'node:crypto';
import { exportJWK, generateKeyPair, generateSecret, type JWK } from 'jose';
import { kitError } from '../../errors.ts';
import type { CheckingKey, TokenAlgorithm } from '../checks/signature.ts';

export interface TokenKey {
  /** Which key it is (`kid`): letters, digits, `-` and `_`, at most 64. Never used again for another key. */
  readonly kid: string;
  readonly algorithm: TokenAlgorithm;
  /** Private, or `oct` for HS256. A public one verifies only: for a service that issues nothing. */
  readonly jwk: JWK;
  /**
   * From then on it signs, in place of those with an earlier time, by the clock of the engine; those stay believed until the last token that
   * they signed has expired. Default 0. All replicas, and those who read the JWKS, should have the key before.
   */
  readonly signsFromMs?: number;
}

/** A key that was read and found fit. */
export interface ReadKey {
  readonly kid: string;
  readonly algorithm: TokenAlgorithm;
  readonly signsFromMs: number;
  /** The first part of every token that it signs, and only of those. */
  readonly head: string;
  /** One object for life: what a check is asked with. */
  readonly checking: CheckingKey;
  readonly signing: webcrypto.CryptoKey | undefined;
  /** What others may know: nothing of HS256. */
  readonly published: JWK | undefined;
}

/** RFC 9068, 2.1: so that no ID token, signed by the same keys for another purpose, passes for an access token. */
const tokenType = 'at+jwt';
const maxKeys = 32;
const parameters: Readonly<Record<TokenAlgorithm, webcrypto.HmacImportParams | webcrypto.EcKeyImportParams>> = {
  EdDSA: { name: 'Ed25519' } as webcrypto.EcKeyImportParams,
  ES256: { name: 'ECDSA', namedCurve: 'P-256' },
  RS256: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' } as webcrypto.HmacImportParams,
  HS256: { name: 'HMAC', hash: 'SHA-256' },
};

/** A new private key (for HS256: a secret) as a JWK: to be kept as a secret, and given to all replicas. */
export async function generateTokenKey(algorithm: TokenAlgorithm): Promise<JWK> {
  if (algorithm === 'HS256') return exportJWK(await generateSecret('HS256', { extractable: true }));
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true });
  return exportJWK(privateKey);
}

/** Throws PALIER_TOKEN_KEY. */
export function readKeys(keys: readonly TokenKey[]): readonly ReadKey[] {
  if (keys.length === 0 || keys.length > maxKeys) throw wrong('all keys', `${keys.length} keys`, `1 to ${maxKeys}`);
  const read = keys.map(readKey);
  const twice = read.find(({ kid }, at) => read.findIndex((other) => other.kid === kid) !== at);
  if (twice !== undefined) throw wrong(twice.kid, 'there twice', 'a kid for each key');
  return read;
}

/** The one that signs at `nowMs`: of those that can and may, the latest. */
export function signingKey(keys: readonly ReadKey[], nowMs: number): ReadKey | undefined {
  return keys
    .filter(({ signing, signsFromMs }) => signing !== undefined && signsFromMs <= nowMs)
    .reduce<ReadKey | undefined>((best, key) => (best && best.signsFromMs >= key.signsFromMs ? best : key), undefined);
}

/**
 * Whether a token of `key` may still hold at `nowMs`: until `overlapMs` after a later key began to sign. Before its own time it is believed
 * too: another replica's clock may have been ahead.
 */
export function verifies(key: ReadKey, keys: readonly ReadKey[], nowMs: number, overlapMs: number): boolean {
  const later = keys.map(({ signsFromMs }) => signsFromMs).filter((fromMs) => fromMs > key.signsFromMs);
  return nowMs < Math.min(...later) + overlapMs;
}

function readKey({ kid, algorithm, jwk, signsFromMs = 0 }: TokenKey): ReadKey {
  if (typeof kid !== 'string' || !/^[\w-]{1,64}$/.test(kid)) {
    throw wrong(String(kid), 'such a kid', '1 to 64 letters, digits, - and _');
  }
  if (!Object.hasOwn(parameters, algorithm)) throw wrong(kid, `for ${algorithm}`, 'for EdDSA, ES256, RS256 or HS256');
  if (!Number.isSafeInteger(signsFromMs)) throw wrong(kid, `to sign from ${signsFromMs}`, 'a time in milliseconds');
  const head = Buffer.from(JSON.stringify({ alg: algorithm, typ: tokenType, kid })).toString('base64url');
  const { secret, open } = keyObjects(kid, algorithm, jwk);
  const [as, jwkPublic] = [parameters[algorithm], algorithm === 'HS256' ? undefined : open.export({ format: 'jwk' })];
  return {
    kid,
    algorithm,
    signsFromMs,
    head,
    checking: { algorithm, key: open },
    signing: secret?.toCryptoKey(as, false, ['sign']),
    published: jwkPublic && { ...(jwkPublic as JWK), kid, alg: algorithm, use: 'sig' },
  };
}

function keyObjects(
  kid: string,
  algorithm: TokenAlgorithm,
  jwk: JWK,
): { secret: KeyObject | undefined; open: KeyObject } {
  if (algorithm === 'HS256') {
    const bytes = jwk.kty === 'oct' ? Buffer.from(String(jwk.k), 'base64url') : Buffer.alloc(0);
    // A shorter one is guessed offline from a single token (RFC 7518, 3.2).
    if (bytes.length < 32) throw wrong(kid, `a ${jwk.kty} key of ${bytes.length} bytes`, 'an oct key of 32 or more');
    const secret = createSecretKey(bytes);
    return { secret, open: secret };
  }
  try {
    const secret = jwk.d === undefined ? undefined : createPrivateKey({ key: jwk as JsonWebKey, format: 'jwk' });
    const open = createPublicKey(secret ?? { key: jwk as JsonWebKey, format: 'jwk' });
    const { namedCurve, modulusLength = 0 } = open.asymmetricKeyDetails ?? {};
    const fits = {
      EdDSA: open.asymmetricKeyType === 'ed25519',
      ES256: open.asymmetricKeyType === 'ec' && namedCurve === 'prime256v1',
      RS256: open.asymmetricKeyType === 'rsa' && modulusLength >= 2048,
    }[algorithm];
    if (fits) return { secret, open };
  } catch (error) {
    throw wrong(kid, error instanceof Error ? error.message : String(error), `a JWK for ${algorithm}`);
  }
  throw wrong(kid, `a key of another kind (${jwk.kty} ${jwk.crv ?? ''})`, `a JWK for ${algorithm}`);
}

function wrong(kid: string, found: string, expected: string): Error {
  return kitError('PALIER_TOKEN_KEY', { kid, found, expected });
}
