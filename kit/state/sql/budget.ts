/** Whether all replicas' pools together stay under the connections that their server takes. */
import type { PalierError } from '@palier/base/error';
import { kitError } from '../../errors.ts';

export interface ConnectionBudget {
  readonly connections: number;
  readonly replicas: number;
  readonly reserve: number;
  /** What the server takes from ordinary users. */
  readonly most: number;
}

/** Undefined when they fit; else PALIER_SQL_CONNECTIONS with the numbers and what to set. */
export function overBudget({ connections, replicas, reserve, most }: ConnectionBudget): PalierError | undefined {
  const together = connections * replicas + reserve;
  if (together <= most) return undefined;
  const fits = Math.floor((most - reserve) / replicas);
  const advice = fits >= 1 ? `connections to at most ${fits}, or ` : '';
  return kitError('PALIER_SQL_CONNECTIONS', { connections, replicas, reserve, together, most, advice });
}
