/**
 * Whether a key signed a token (JWS compact serialization, RFC 7515): the signature alone, at once, on whichever thread it is asked.
 *
 * What the token's header says decides nothing: whoever asks has compared it with the very bytes that the key writes there, and a key has one
 * algorithm. Why not jose: docs/decisions/0003.
 */
import { createHmac, type KeyObject, timingSafeEqual, verify } from 'node:crypto';

export type TokenAlgorithm = 'EdDSA' | 'ES256' | 'RS256' | 'HS256';

/** As it crosses to the thread. */
export interface CheckingKey {
  readonly algorithm: TokenAlgorithm;
  /** The public one; of HS256 the secret. */
  readonly key: KeyObject;
}

/** Node takes a key of any kind with any algorithm that it can be made to fit. */
const kinds: Readonly<Record<TokenAlgorithm, KeyObject['asymmetricKeyType']>> = {
  EdDSA: 'ed25519',
  ES256: 'ec',
  RS256: 'rsa',
  HS256: undefined,
};

/** Never throws: what cannot be read is not signed. */
export function isSigned(token: string, { algorithm, key }: CheckingKey): boolean {
  const end = token.lastIndexOf('.');
  // Three parts.
  if (end < 0 || token.indexOf('.', token.indexOf('.') + 1) !== end) return false;
  const text = token.slice(end + 1);
  const signature = Buffer.from(text, 'base64url');
  // One signature has one text: others (padding, loose bits, signs that decoders pass by) would be further tokens that nobody signed.
  if (signature.toString('base64url') !== text) return false;
  // As UTF-8: a letter from beyond ASCII makes other bytes, never those of one that it looks like.
  const signed = Buffer.from(token.slice(0, end));
  if (key.asymmetricKeyType !== kinds[algorithm]) return false;
  try {
    return holds(signed, signature, algorithm, key);
  } catch {
    return false;
  }
}

function holds(signed: Buffer, signature: Buffer, algorithm: TokenAlgorithm, key: KeyObject): boolean {
  switch (algorithm) {
    case 'HS256': {
      const expected = createHmac('sha256', key).update(signed).digest();
      return signature.length === expected.length && timingSafeEqual(signature, expected);
    }
    case 'ES256':
      return signature.length === 64 && verify('sha256', signed, key, derOf(signature));
    case 'EdDSA':
      return verify(null, signed, key, signature);
    case 'RS256':
      return verify('sha256', signed, key, signature);
  }
}

/**
 * Two numbers of 32 bytes (RFC 7518, 3.4) as a sequence of two integers (RFC 3279, 2.2.3). Node does that itself when it is told by an object
 * around the key, and takes half as long again for the check: by that it makes an error, with its stack, for each.
 */
function derOf(signature: Buffer): Buffer {
  const der = Buffer.alloc(72);
  let at = 2;
  for (const from of [0, 32]) {
    let first = from;
    while (first < from + 31 && signature[first] === 0) first++;
    // No zero before it but the one without which it would be negative.
    const zero = (signature[first] as number) >= 0x80 ? 1 : 0;
    const length = from + 32 - first;
    der.set([2, zero + length], at);
    der.set(signature.subarray(first, from + 32), at + 2 + zero);
    at += 2 + zero + length;
  }
  der.set([0x30, at - 2]);
  return der.subarray(0, at);
}
