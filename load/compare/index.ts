/**
 * Two runs compared: what changed, and how sure that is.
 */
export { compareRuns, type NamedRun } from './compare.ts';
export { compareLimits, type NamedLimit } from './limits.ts';
export { compareDefaults, type CompareOptions } from './options.ts';
