/**
 * The judge: from what was measured to a verdict that can say "I do not know".
 */
export type { ScenarioEvidence } from './evidence.ts';
export { judgeRun, judgeScenario, type RunEvidence } from './judge.ts';
export { judgeDefaults, type JudgeOptions } from './options.ts';
export { agreementOf } from './steady/agreement.ts';
export { batchMeans, type BatchMeans } from './statistics/batch.ts';
export { studentT, studentTail } from './statistics/beta.ts';
export { withUnit } from './words.ts';
export { arrivalsLetIn, littlesLaw, noGrowingBacklog } from './validity.ts';
