/** The door of `@palier/load/generator`: processes that play a plan. README.md tells the rest. */
export { reachTarget, speaksTls } from './client/probe.ts';
export { type LoadHandle, startGenerators } from './handle.ts';
export { mergeLoadResults, mergeLoadSeconds } from './merge.ts';
export type { GeneratorOptions } from './options.ts';
export { type GeneratorCount, generatorCount } from './processes.ts';
