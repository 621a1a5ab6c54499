/** What a durable call asks of its engine, and how it is refused where it cannot be had. */
import type { PalierError } from '@palier/base/error';
import { kitError } from '../../errors.ts';

/** A call with it is acknowledged only when what it changed would survive the failure that its engine is made to survive. */
export interface Durable {
  /**
   * Replicas that must have confirmed the change, at least, beside the primary that made it: 1 to 100. With Sentinels every other one that they
   * might promote must have, too, so that 1 is enough for no failover to lose it. On a Cluster the number alone counts: with fewer than all it is kept
   * as long as the most advanced one is promoted. On SQLite, which has no replicas: the commit waits for the disk (`synchronous = FULL`), whatever the
   * number.
   */
  readonly replicas: number;
}

const mostReplicas = 100;

/** The number of replicas; undefined when the call is not durable. Throws PALIER_STATE_OPTION. */
export function checkedReplicas(durable: Durable | undefined): number | undefined {
  if (durable === undefined) return undefined;
  const { replicas } = durable;
  if (Number.isInteger(replicas) && replicas >= 1 && replicas <= mostReplicas) return replicas;
  const expected = `a whole number from 1 to ${mostReplicas}`;
  throw kitError('PALIER_STATE_OPTION', { option: 'durable.replicas', value: replicas, expected });
}

/** Nothing was done, since the engine could not keep it as asked. */
export function notDurable(engine: string, why: string, expected: string): PalierError {
  return kitError('PALIER_STATE_DURABLE', { engine, why, expected, outcome: 'none' });
}
