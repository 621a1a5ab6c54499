/**
 * What a config file imports from `palier`.
 */
export type { ErrorCode } from './error-code.ts';
export {
  type ClosedScenarioFile,
  defineSystem,
  type OpenScenarioFile,
  type ScenarioFile,
  type ServiceFile,
  type SystemFile,
} from '@palier/protocol';
