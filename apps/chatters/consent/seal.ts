/**
 * Keeps what Twitch gave a user unreadable for who reads the database: AES-256-GCM with a key drawn from the secret of the installation, bound to
 * the user, so that one row's seal in another row opens nothing (NIST SP 800-38D).
 */
import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';
import type { Entropy } from '@palier/base/entropy';

export interface Seal {
  close(userId: string, text: string): string;
  /** Null: another secret, another user, or not whole. */
  open(userId: string, sealed: string): string | null;
}

const nonceBytes = 12;
const tagBytes = 16;

export function openSeal(secret: string, entropy: Entropy): Seal {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'palier chatters: consents', 32));
  return {
    close(userId, text) {
      const nonce = entropy(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(userId));
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url');
    },
    open(userId, sealed) {
      const bytes = Buffer.from(sealed, 'base64url');
      if (bytes.length < nonceBytes + tagBytes) return null;
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes))
        .setAAD(Buffer.from(userId))
        .setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes));
      try {
        const body = bytes.subarray(nonceBytes + tagBytes);
        return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8');
      } catch {
        return null;
      }
    },
  };
}
