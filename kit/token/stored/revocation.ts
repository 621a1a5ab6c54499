/**
 * What is revoked of one user: a generation below which every token is refused, and single families and tokens until the last of their tokens
 * has expired. Pure.
 *
 * The generation is not a time that tokens are compared with, but a number that they carry: the one that stood in the state when they were
 * issued. So neither the second of `iat` nor a replica's clock decides. It is drawn from the engine's clock and always grows: a record that
 * has expired and is made anew never repeats a number.
 */

export interface Generation {
  readonly user: number;
  /** Of all users: kept once a partition, beside the user's. */
  readonly everyone: number;
}

export interface Revocations {
  readonly generation: number;
  /** `f:FAMILY` or `t:TOKEN` → when it may be forgotten. The oldest first. */
  readonly gone: ReadonlyMap<string, number>;
}

export const nothingRevoked: Revocations = { generation: 0, gone: new Map() };

export function familyName(id: string): string {
  return `f:${id}`;
}

export function tokenName(id: string): string {
  return `t:${id}`;
}

/** Whether a token that carries these is refused. */
export function refuses(
  { generation, gone }: Revocations,
  everyone: number,
  token: { readonly generation: Generation; readonly family: string; readonly id: string },
): boolean {
  if (token.generation.user < generation || token.generation.everyone < everyone) return true;
  return gone.size > 0 && (gone.has(familyName(token.family)) || gone.has(tokenName(token.id)));
}

/** A generation above every one before it. */
export function nextGeneration(generation: number, nowMs: number): number {
  return Math.max(nowMs, generation + 1);
}

/** All of the user's tokens, or one name of `gone`. `all`: names that would be too many have become all. */
export function revoked(
  held: Revocations,
  what: 'all' | string,
  nowMs: number,
  { keepMs, maxRevoked }: { readonly keepMs: number; readonly maxRevoked: number },
): { readonly next: Revocations; readonly all: boolean } {
  const gone = new Map([...held.gone].filter(([name, untilMs]) => untilMs > nowMs && name !== what));
  const all = what === 'all' || gone.size >= maxRevoked;
  if (all) return { next: { generation: nextGeneration(held.generation, nowMs), gone: new Map() }, all };
  return { next: { generation: held.generation, gone: gone.set(what, nowMs + keepMs) }, all };
}

/** As it is stored: `GENERATION NAME=UNTIL NAME=UNTIL …`. */
export function revocationsText({ generation, gone }: Revocations): string {
  return [String(generation), ...[...gone].map(([name, untilMs]) => `${name}=${untilMs}`)].join(' ');
}

/** What does not read as a record refuses everything: nobody but the procedures of this room writes it. */
export function readRevocations(bytes: Buffer | undefined): Revocations {
  if (bytes === undefined) return nothingRevoked;
  const [generation, ...gone] = bytes.toString('latin1').split(' ');
  const number = Number(generation);
  if (!Number.isSafeInteger(number)) return { generation: Number.POSITIVE_INFINITY, gone: new Map() };
  if (gone.length === 0) return { generation: number, gone: nothingRevoked.gone };
  return { generation: number, gone: new Map(gone.map(entry)) };
}

function entry(text: string): [string, number] {
  const at = text.lastIndexOf('=');
  return [text.slice(0, at), Number(text.slice(at + 1))];
}
