/**
 * What a config file imports from `palier`.
 */
export { defineSystem, type ScenarioFile, type SystemFile } from '@palier/protocol';
