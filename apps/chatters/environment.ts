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

/** A secret of the installation, the same for all replicas. Throws OPTION, which does not show it. */
export function secret(env: Environment, option: string): string {
  const text = env[option] ?? '';
  if (text.length >= 32) return text;
  throw chattersError('OPTION', {
    option,
    is: text === '' ? 'missing' : `a text of ${text.length} characters`,
    expected: '32 characters or more, as `openssl rand -base64 32` makes them',
  });
}

/** The address of a service. Throws OPTION, naming the variable. */
export function address(env: Environment, option: string, fallback: string): string {
  const text = env[option] || fallback;
  if (/^https?:$/.test(URL.parse(text)?.protocol ?? '')) return text;
  throw chattersError('OPTION', { option, is: text, expected: 'an address such as http://127.0.0.1:8080' });
}
