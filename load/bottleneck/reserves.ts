/**
 * What a service says of its pools, locks and queues on its metrics page, by the names that README.md lists. Pure.
 */
import type { ServiceSample } from '@palier/protocol';

export type ReserveKind = 'pool' | 'lock' | 'queue';

export interface Reserve {
  readonly kind: ReserveKind;
  /** What its label says; empty without one. */
  readonly name: string;
  /** Means over the readings, added up over the replicas; null: not told. */
  readonly inUse: number | null;
  readonly size: number | null;
  /** Of a queue: its depth. */
  readonly waiting: number | null;
  readonly ageSeconds: number | null;
}

type Figure = 'inUse' | 'size' | 'waiting' | 'ageSeconds';

const names: Readonly<Record<string, { readonly kind: ReserveKind; readonly figure: Figure }>> = {
  palier_pool_in_use: { kind: 'pool', figure: 'inUse' },
  palier_pool_size: { kind: 'pool', figure: 'size' },
  palier_pool_waiting: { kind: 'pool', figure: 'waiting' },
  palier_lock_waiting: { kind: 'lock', figure: 'waiting' },
  palier_queue_depth: { kind: 'queue', figure: 'waiting' },
  palier_queue_age_seconds: { kind: 'queue', figure: 'ageSeconds' },
};

const seriesPattern = /^([a-z_]+)(?:\{.*?(?:pool|lock|queue)="((?:[^"\\]|\\.)*)".*\})?$/;

export function reservesOf(samples: readonly ServiceSample[]): readonly Reserve[] {
  const readings = new Map<string, { kind: ReserveKind; name: string; values: Map<Figure, number[]> }>();
  for (const { metrics } of samples) {
    for (const [key, value] of Object.entries(metrics)) {
      const [, series = '', name = ''] = seriesPattern.exec(key) ?? [];
      const known = names[series];
      if (known === undefined) continue;
      const id = `${known.kind} ${name}`;
      const reading = readings.get(id) ?? { kind: known.kind, name, values: new Map<Figure, number[]>() };
      readings.set(id, reading);
      reading.values.set(known.figure, [...(reading.values.get(known.figure) ?? []), value]);
    }
  }
  return [...readings.values()].map(({ kind, name, values }) => ({
    kind,
    name,
    inUse: mean(values.get('inUse')),
    size: mean(values.get('size')),
    waiting: mean(values.get('waiting')),
    ageSeconds: mean(values.get('ageSeconds')),
  }));
}

function mean(values: readonly number[] | undefined): number | null {
  return values === undefined || values.length === 0 ? null : values.reduce((sum, one) => sum + one, 0) / values.length;
}
