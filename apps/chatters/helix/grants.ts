/**
 * Codes and tokens of the simulated identity service. A grant carries who, what for and until when under a seal, so that a simulator that is
 * started again believes what it gave out before; only what was taken back is remembered, and is forgotten with the process.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

export type GrantKind = 'code' | 'access' | 'refresh';

export interface Grant {
  readonly kind: GrantKind;
  readonly userId: string;
  readonly scopes: readonly string[];
  readonly issuedMs: number;
  readonly expiresMs: number;
}

export interface Grants {
  seal(grant: Grant): string;
  /** Undefined: never given out, of another kind, over, or taken back. */
  open(kind: GrantKind, text: string, nowMs: number): Grant | undefined;
  /** A code is good for one exchange. False: it was used before. */
  spend(text: string): boolean;
  /** Takes back one token. */
  revoke(text: string): void;
  /** Takes back all tokens of a user that were given out by now: who withdraws the consent, or changes the password. */
  revokeUser(userId: string, nowMs: number): void;
}

/** One more forgets the oldest. */
const maxTakenBack = 100_000;

export function openGrants(secret: string): Grants {
  const takenBack = new Set<string>();
  const usersSince = new Map<string, number>();
  const mark = (text: string): string => createHmac('sha256', secret).update(text).digest('base64url').slice(0, 30);

  function remember(text: string): void {
    takenBack.add(text);
    if (takenBack.size > maxTakenBack) takenBack.delete(takenBack.values().next().value as string);
  }

  return {
    seal({ kind, userId, scopes, issuedMs, expiresMs }) {
      const body = Buffer.from(JSON.stringify([kind, userId, scopes, issuedMs, expiresMs])).toString('base64url');
      return `${body}.${mark(body)}`;
    },
    open(wanted, text, nowMs) {
      const [body, seal] = text.split('.');
      if (body === undefined || seal === undefined || takenBack.has(text)) return undefined;
      const expected = Buffer.from(mark(body));
      const given = Buffer.from(seal);
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
      const [kind, userId, scopes, issuedMs, expiresMs] = JSON.parse(Buffer.from(body, 'base64url').toString());
      if (kind !== wanted || expiresMs <= nowMs || issuedMs <= (usersSince.get(userId) ?? -1)) return undefined;
      return { kind, userId, scopes, issuedMs, expiresMs };
    },
    spend(text) {
      if (takenBack.has(text)) return false;
      remember(text);
      return true;
    },
    revoke: remember,
    revokeUser(userId, nowMs) {
      usersSince.set(userId, nowMs);
    },
  };
}
