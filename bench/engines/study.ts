/** Whether apps/releases keeps its limits on each engine that it can be given. */
import type { Study } from '../study.ts';
import { proveOnEngines } from './proof.ts';

/** A twelfth of its half-hour: the shortest in which the processor's limit can be told. */
const lengths = { full: ['normal', '--time-scale', '0.08'], quick: ['first'] } as const;

export const study: Study = {
  name: 'engines',
  sentence: '`palier prove normal` of apps/releases, three replicas, on SQLite and on Redis with MariaDB.',
  run: ({ quick }) => proveOnEngines('releases', [quick ? lengths.quick : lengths.full]),
};
