/** Reading the environment: each of the four services and the simulator says what it takes in an `options.ts` of its own. */
import { chattersError } from './errors.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Throws OPTION, naming the variable. */
export function whole(env: Environment, option: string, fallback: number, least: number, most: number): number {
  const text = env[option];
  if (text === undefined || text === '') return fallback;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw chattersError('OPTION', { option, is: text, expected: `a whole number from ${least} to ${most}` });
}
