/**
 * How much a system carries, by which law it grows, and what more would need.
 */
export {
  concurrencyPoints,
  isMeasured,
  type LawFit,
  type LawPoint,
  replicaPoints,
  scalabilityLaw,
  throughputAt,
} from './law.ts';
export { type CapacityLawOptions, lawDefaults, type RecommendOptions, recommendDefaults } from './law-options.ts';
export { type MeasuredCapacity, type MeasuredPool, type MeasuredShards, recommend } from './recommend.ts';
