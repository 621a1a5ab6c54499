/**
 * Secrets, handed in: bytes that nobody can foresee. `Random` is for chance that can be repeated; this is for what must never be.
 */
import { randomBytes } from 'node:crypto';

/** So many bytes from a cryptographically secure source. */
export type Entropy = (bytes: number) => Buffer;

/** That of this machine (`node:crypto`, which takes it from the system). */
export function systemEntropy(): Entropy {
  return (bytes) => randomBytes(bytes);
}
