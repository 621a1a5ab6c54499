/** The door of `@palier/load/bottleneck`: what a system at its limit lacks, and how to prove it. README.md tells the rest. */
export { bottleneckOf, interventionSentence } from './bottleneck.ts';
export type { LoadedService, LoadedSystem, ProbeEvidence } from './evidence.ts';
export { type HeldLoad, heldLoadOf, leastHeldSeconds } from './held.ts';
export {
  type HalfLoad,
  isBetter,
  judgeInterventions,
  type PlannedIntervention,
  planInterventions,
  type TriedIntervention,
} from './intervention.ts';
export { rankCauses } from './rank.ts';
