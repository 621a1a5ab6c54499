/**
 * What a cookie carries: an id that nobody can guess, and our signature, so that an id that was never ours costs no call.
 *
 * An id is 24 bytes: 2 that say where on a Cluster the session lives, 22 (176 bits) from the CSPRNG. The two are of the user's hash, so that
 * all sessions of a user share a node with their list and change in one step; the signature keeps others from choosing them. What is stored
 * is a hash of the id: who reads the state cannot log in with it.
 */
import { hash, timingSafeEqual } from 'node:crypto';
import type { Entropy } from '@palier/base/entropy';

export interface Ticket {
  /** The cookie's value: 64 characters of base64url. */
  readonly value: string;
  /** The tag of all keys that belong together. */
  readonly tag: string;
  /** The hash of the id, by which the session is named in lists. */
  readonly handle: string;
  /** Where the session is stored. */
  readonly key: string;
}

const idBytes = 24;
const tagBytes = 2;
/** Signs of base64url, each text of 24 bytes. */
const [idLength, signatureLength, handleLength] = [32, 32, 32] as const;
const digestBytes = 32;
/** Node takes it (crypto.hash, `outputEncoding`); its types forget it. */
const latin1 = 'latin1' as 'binary';
const valuePattern = /^[\w-]{64}$/;
const blockBytes = 64;

/** A key of HMAC-SHA256, its two blocks made beforehand; behind the outer one stands the inner digest of the call that is being made. */
export interface SigningKey {
  readonly inner: Buffer;
  readonly outer: Buffer;
}

export function signingKey(secret: string): SigningKey {
  const bytes = Buffer.from(secret);
  const key = bytes.length > blockBytes ? hash('sha256', bytes, 'buffer') : bytes;
  const block = (pad: number): Buffer => Buffer.from(Array.from({ length: blockBytes }, (_, i) => (key[i] ?? 0) ^ pad));
  return { inner: block(0x36), outer: Buffer.concat([block(0x5c), Buffer.alloc(digestBytes)]) };
}

/**
 * RFC 2104, as base64url. With the one-shot hash it takes a third of `createHmac`'s time; a digest as text takes a third of one as a buffer,
 * which lies outside of V8's heap.
 */
export function hmac({ inner, outer }: SigningKey, message: Buffer): string {
  outer.write(hash('sha256', Buffer.concat([inner, message]), latin1), blockBytes, 'latin1');
  return hash('sha256', outer, 'base64url');
}

/** The tag of a user: whoever knows it knows two bytes of a hash of his name. */
export function tagOf(user: string): string {
  return hash('sha256', user, 'hex').slice(0, tagBytes * 2);
}

/** A new one, at the place of that tag or at any. */
export function newTicket(entropy: Entropy, key: SigningKey, tag: string | undefined): Ticket {
  const id = Buffer.from(entropy(idBytes));
  if (tag !== undefined) id.write(tag, 0, 'hex');
  return ticketOf(id.toString('base64url') + signatureOf(key, id), id);
}

/** Undefined unless one of the keys signed it. Costs no call, and takes the same time wherever it differs. */
export function verifiedTicket(value: string, keys: readonly SigningKey[]): Ticket | undefined {
  if (!valuePattern.test(value)) return undefined;
  const id = Buffer.from(value.slice(0, idLength), 'base64url');
  const signature = Buffer.from(value.slice(idLength), 'latin1');
  const signed = keys.some((key) => timingSafeEqual(Buffer.from(signatureOf(key, id), 'latin1'), signature));
  // A text of its own: a part of the header would keep the whole header in memory.
  return signed ? ticketOf(id.toString('base64url') + signature.toString('latin1'), id) : undefined;
}

/** For an id that somebody else made and signs (express-session). */
export function foreignTicket(id: string): Ticket {
  const digest = Buffer.from(hash('sha256', id, 'hex'), 'hex');
  return placed(id, digest.toString('hex', 30), digest.toString('base64url', 0, 24));
}

/** Where the list of a user's sessions is stored: the user's own name, by its hash, since only the tag may collide. */
export function listKey(user: string): string {
  return `session:{${tagOf(user)}}:of:${hash('sha256', user, 'base64url').slice(0, handleLength)}`;
}

/** Where it is stored how often the user was logged out everywhere. */
export function generationKey(user: string): string {
  return `${listKey(user)}:generation`;
}

/** Where the session with that handle in a user's list is stored. */
export function keyOfHandle(tag: string, handle: string): string {
  return `session:{${tag}}:is:${handle}`;
}

function ticketOf(value: string, id: Buffer): Ticket {
  return placed(value, id.toString('hex', 0, tagBytes), hash('sha256', id, 'base64url').slice(0, handleLength));
}

/** 24 bytes of it. */
function signatureOf(key: SigningKey, id: Buffer): string {
  return hmac(key, id).slice(0, signatureLength);
}

function placed(value: string, tag: string, handle: string): Ticket {
  return new PlacedTicket(value, tag, handle);
}

/** A class, since there is one for each request (`stored/record.ts` says why). */
class PlacedTicket implements Ticket {
  readonly value: string;
  readonly tag: string;
  readonly handle: string;
  readonly key: string;
  constructor(value: string, tag: string, handle: string) {
    this.value = value;
    this.tag = tag;
    this.handle = handle;
    this.key = keyOfHandle(tag, handle);
  }
}
