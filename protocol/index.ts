/**
 * The protocol: everything that crosses a process in Palier, or is stored. Types, validators and the version; no I/O.
 */
export * from './balancer.ts';
export * from './compare-report.ts';
export { type CheckedSystem, checkSystem } from './system/check.ts';
export { defineSystem } from './system/define.ts';
export { catalogue, type ProtocolErrorCode, protocolError } from './errors.ts';
export * from './load.ts';
export { scenarioDefaults, systemDefaults, systemLimits } from './system/options.ts';
export * from './page.ts';
export * from './report.ts';
export { parseRunReport } from './report-schema.ts';
export * from './limit-report.ts';
export { parseLimitReport } from './limit-report-schema.ts';
export * from './sample.ts';
export * from './system/scenario.ts';
export * from './system/step/step.ts';
export * from './system/file.ts';
export { protocolVersion } from './version.ts';
