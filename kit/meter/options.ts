/** What can be set on a service's meters. */
import { optionChecks } from '../options.ts';

export interface MeterOptions {
  /**
   * Label combinations that one meter keeps apart. What comes after goes to one series whose labels all say `other`, and is counted in
   * `palier_meter_overflow_total`. Default 200: 40 routes with 5 status codes; a page of text stays under 100 KB with a dozen meters.
   */
  readonly maxSeries?: number;
}

export interface ProcessMeterOptions {
  /**
   * The shortest time that a gauge "over the last interval" looks back. Default 500 ms: half of the sampler's second, so that two readers
   * at one second each still get a fresh value, and a third one does not shrink the interval to noise.
   */
  readonly windowMs?: number;
  /** How often the delay of the event loop is looked at. Default 20 ms: 50 timers a second, about 0.1 % of a core. */
  readonly resolutionMs?: number;
}

export interface RequestMeterOptions {
  /**
   * Upper edges of the buckets of `http_request_duration_seconds`. Put one at each limit that you mean to judge by. Default: from 2 ms to 30 s,
   * the limits that most scenarios judge by (0.1, 0.2, 0.5, 1 s) among them.
   */
  readonly edgesSeconds?: readonly number[];
  /** Where Prometheus and Palier's sampler read. Default `/metrics`, the default of both. */
  readonly path?: string;
}

const { wholes } = optionChecks('PALIER_METER_OPTION');

export function checkedMeterOptions(options: MeterOptions): Required<MeterOptions> {
  return wholes(options, { maxSeries: [200, 1, 10_000] });
}

export function checkedProcessMeterOptions(options: ProcessMeterOptions): Required<ProcessMeterOptions> {
  return wholes(options, {
    windowMs: [500, 1, 60_000],
    resolutionMs: [20, 1, 1000],
  });
}

const edgesSeconds: readonly number[] = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 5, 10, 30];

/** The edges are looked at by the meter that is made with them, the path by Fastify. */
export function checkedRequestMeterOptions(options: RequestMeterOptions): Required<RequestMeterOptions> {
  return { edgesSeconds, path: '/metrics', ...options };
}
