/** Whether apps/chatters keeps its limits on each engine that it can be given, with 100, 500 and 1000 users. */
import { proveOnEngines } from '../engines/proof.ts';
import type { Study } from '../study.ts';

/** The shortest holds in which less than 0.1 % of errors can be told, and the processor's share: of the first, 3000 requests. */
const full = [['hundred'], ['fivehundred', '--time-scale', '0.2'], ['thousand', '--time-scale', '0.1']] as const;
const quick = [['fivehundred', '--time-scale', '0.15']] as const;

export const study: Study = {
  name: 'engines-chatters',
  sentence:
    '`palier prove` of apps/chatters with 100, 500, 1000 users (SCENARIO: one), on SQLite and on Redis with MariaDB.',
  run: ({ quick: isQuick }) =>
    proveOnEngines('chatters', isQuick && process.env['SCENARIO'] === undefined ? quick : full),
};
