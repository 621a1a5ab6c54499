/** The door of `@palier/load/bottleneck`: what a system at its limit lacks, and how to prove it. README.md tells the rest. */
export { bottleneckOf } from './bottleneck.ts';
export type { LoadedService, LoadedSystem, ProbeEvidence } from './evidence.ts';
export { judgeInterventions, type PlannedIntervention, planInterventions } from './intervention.ts';
export { rankCauses } from './rank.ts';
