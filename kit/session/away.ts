/** That the state is away: which of its errors say so, and how it is told. */
import { PalierError } from '@palier/base/error';
import { kitError } from '../errors.ts';

const awayWords = ['LATE', 'LOST', 'BUSY', 'REFUSED', 'CLOSED', 'DURABLE', 'COPIES'];
const awayCodes = new Set(awayWords.map((word) => `PALIER_STATE_${word}`));

export function isAway(error: unknown): boolean {
  return error instanceof PalierError && awayCodes.has(error.code);
}

/** PALIER_SESSION_AWAY; another error of the catalogue stays what it is. */
export function away(what: string, why: unknown): Error {
  if (why instanceof PalierError && !isAway(why)) return why;
  const reason = why instanceof Error ? why.message : String(why);
  return kitError('PALIER_SESSION_AWAY', { what, why: reason }, why instanceof Error ? { cause: why } : {});
}

export async function awayIsSaid<Result>(what: string, call: Promise<Result>): Promise<Result> {
  try {
    return await call;
  } catch (error) {
    throw isAway(error) ? away(what, error) : error;
  }
}
