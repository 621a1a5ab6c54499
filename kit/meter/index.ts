/** Meters of a service: cheap to record, bounded in labels, read by Prometheus and by Palier's sampler. */
export { expositionType } from './exposition.ts';
export { fastifyMeters } from './fastify.ts';
export {
  type CounterHandle,
  createMeters,
  type GaugeHandle,
  type HistogramHandle,
  type LabelValues,
  type Meter,
  type Meters,
  type Reading,
} from './meters.ts';
export type { MeterOptions, ProcessMeterOptions, RequestMeterOptions } from './options.ts';
export { meterProcess, type ProcessMeters } from './process.ts';
export { otherLabel } from './series.ts';
