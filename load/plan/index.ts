/** The door of `@palier/load/plan`: from a checked scenario to the plan of a generator. README.md tells the rest. */
export { diskFiles, type PlanFiles } from './files.ts';
export { type PlanOptions, planLimits } from './options.ts';
export { planLoad } from './plan.ts';
export { timedRoutes } from './routes.ts';
export { withRecording } from './recording.ts';
export { parseTarget } from './target.ts';
export { phasesOf, windowsOf } from './windows.ts';
