/**
 * The turns of a refresh token (RFC 9700, 4.14.2): each use gives the next one, and a use of one that is over ends the whole family. Pure.
 *
 * No secret is stored: a refresh token is a user, a family and a turn, sealed with our key, so that the state knows the turn only and the
 * successor of a turn is always the same token. Within the grace the turn before the current one gets that successor again: a second tab, or
 * somebody whose answer was lost. A thief who hides in the grace holds the same successor as his victim: when both use it, one of them is
 * late, and the family ends.
 */

export interface Family {
  /** The turn that is good now. */
  readonly turn: number;
  readonly turnedAtMs: number;
  /** Whatever happens, it is over then. */
  readonly untilMs: number;
  /** Over then unless it is used before. */
  readonly idleUntilMs: number;
  /** The generation of everyone when it was opened. */
  readonly everyone: number;
}

export interface RotationOptions {
  readonly refreshGraceMs: number;
  readonly refreshIdleMs: number;
}

/**
 * `rotated`: a new turn. `repeated`: the one that a call before this got. `reused`: a turn that is over, so that two hold it: the family ends.
 * `unknown`: ended before, or never opened. `revoked`: everyone was, after it was opened.
 */
export type RotationOutcome = 'unknown' | 'rotated' | 'repeated' | 'reused' | 'expired' | 'revoked';

export interface Rotation {
  readonly outcome: RotationOutcome;
  /** As it is from now on; undefined: it is to be removed, or is not there. */
  readonly family: Family | undefined;
}

export function openedFamily(
  everyone: number,
  nowMs: number,
  lives: { readonly refreshLifeMs: number; readonly refreshIdleMs: number },
): Family {
  const untilMs = nowMs + lives.refreshLifeMs;
  return { turn: 1, turnedAtMs: nowMs, untilMs, idleUntilMs: Math.min(untilMs, nowMs + lives.refreshIdleMs), everyone };
}

export function rotation(
  family: Family | undefined,
  facts: { readonly turn: number; readonly everyone: number },
  nowMs: number,
  { refreshGraceMs, refreshIdleMs }: RotationOptions,
): Rotation {
  if (family === undefined) return { outcome: 'unknown', family };
  if (family.everyone < facts.everyone) return { outcome: 'revoked', family: undefined };
  if (isFamilyOver(family, nowMs)) return { outcome: 'expired', family: undefined };
  // A later turn than the state's was sealed by us all the same: the state lost its last moments in a failover, the holder did not.
  if (facts.turn >= family.turn) {
    const idleUntilMs = Math.min(family.untilMs, nowMs + refreshIdleMs);
    return { outcome: 'rotated', family: { ...family, turn: facts.turn + 1, turnedAtMs: nowMs, idleUntilMs } };
  }
  if (facts.turn === family.turn - 1 && nowMs - family.turnedAtMs <= refreshGraceMs) {
    return { outcome: 'repeated', family };
  }
  return { outcome: 'reused', family: undefined };
}

export function isFamilyOver({ untilMs, idleUntilMs }: Family, nowMs: number): boolean {
  return nowMs >= Math.min(untilMs, idleUntilMs);
}

/** As it is stored: five whole numbers. */
export function familyText({ turn, turnedAtMs, untilMs, idleUntilMs, everyone }: Family): string {
  return `${turn} ${turnedAtMs} ${untilMs} ${idleUntilMs} ${everyone}`;
}

export function readFamily(bytes: Buffer | undefined): Family | undefined {
  const numbers = bytes?.toString('latin1').split(' ').map(Number);
  if (numbers === undefined || numbers.length !== 5) return undefined;
  const [turn, turnedAtMs, untilMs, idleUntilMs, everyone] = numbers as [number, number, number, number, number];
  return { turn, turnedAtMs, untilMs, idleUntilMs, everyone };
}
