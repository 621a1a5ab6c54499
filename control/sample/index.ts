/**
 * What a running system does, once a second: figures of each replica's processes, of the balancer and of the services' metrics pages.
 */
export { type SamplerOptions, samplerDefaults } from './options.ts';
export type { MetricsAddress, SampledReplica } from './replica.ts';
export { createSampler, type Sampler, type SamplerSurroundings } from './sampler.ts';
