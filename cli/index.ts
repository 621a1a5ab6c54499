/**
 * What a config file imports from `palier`.
 */
export type { ErrorCode } from './error-code.ts';
export { defineSystem, type ScenarioFile, type SystemFile } from '@palier/protocol';
