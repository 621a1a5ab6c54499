/**
 * The door of `@palier/load/capacity`: how much a system carries, the way back from beyond it, by which law it grows, and what more
 * would need. README.md tells the rest.
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
export { keepsLimits, restMsAfter, seenLive, silentFromMs, withDeath } from './live.ts';
export { cutShort, searchLimit, type SearchedProbe, type SearchPorts, type SearchResult } from './loop.ts';
export {
  peakLevelOf,
  type ProbeFindings,
  probeScenario,
  type ProbeShape,
  probesOf,
  settleMsOf,
} from './probe.ts';
export { type MeasuredCapacity, type MeasuredPool, type MeasuredShards, poolOf, recommend } from './recommend.ts';
export { type HeldStep, recoveryOf, recoveryReport, recoverySteps } from './recovery.ts';
export { recoveryDefaults, type RecoveryOptions } from './recovery-options.ts';
export { playable, type ProbeRun } from './search.ts';
export { quickSearch, searchDefaults, type SearchOptions } from './search-options.ts';
