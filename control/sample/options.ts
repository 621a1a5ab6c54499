/**
 * What a sampler may spend.
 */

export interface SamplerOptions {
  /**
   * How long a metrics page may take, from the connection to its last byte. Default 800: the sample is ready before the next second
   * begins.
   */
  readonly metricsTimeoutMs?: number;
  /** The largest metrics page that is read. Default 4 MiB: 2000 series with long labels are about 400 KiB. */
  readonly maxPageBytes?: number;
  /** So many series of one service are kept, the first ones of its pages. Default 2000, the bound of `ServiceSample.metrics`. */
  readonly maxSeries?: number;
  /** So long a gauge counts with its last value when its replica's page does not answer. Default 5000: longer, and it would be a guess. */
  readonly gaugeStaleMs?: number;
}

export const samplerDefaults: Required<SamplerOptions> = {
  metricsTimeoutMs: 800,
  maxPageBytes: 4 * 1024 * 1024,
  maxSeries: 2000,
  gaugeStaleMs: 5000,
};
