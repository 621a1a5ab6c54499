/** Whether apps/releases keeps the limits of its loads on each engine that it can be given. */
import type { Study } from '../study.ts';
import { proveOnEngines } from './proof.ts';

/**
 * The shares of their holds. Full: in which their limits can be proved, a minute or more; `normal` makes 25 requests a second, and less than
 * 0.1 % of errors needs 3000. Quick: 20 s, in which everything is seen and not all of it proved.
 */
const shares = {
  normal: { full: '0.08', quick: '0.0112' },
  high: { full: '0.02', quick: '0.0056' },
  maximum: { full: '0.01', quick: '0.0028' },
  spike: { full: '0.07', quick: '0.024' },
  aim: { full: '0.1', quick: '0.034' },
} as const;

export const study: Study = {
  name: 'engines',
  sentence:
    '`palier prove` of the loads of apps/releases (SCENARIO: some), shortened, on SQLite and on Redis with MariaDB.',
  run: ({ quick }) =>
    proveOnEngines(
      'releases',
      Object.entries(shares).map(([name, share]) => [name, '--time-scale', quick ? share.quick : share.full]),
    ),
};
