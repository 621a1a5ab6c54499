/** A system file for a service that is there already: what a folder tells, what the service answers, what is proposed. */
export { lineOf } from './command-line.ts';
export { factLines } from './facts.ts';
export { fileOf } from './file.ts';
export type { Folder } from './folder.ts';
export { type Start, startsOf, withPortOption } from './proposal.ts';
export { isModuleFolder, readFolder } from './read.ts';
export { type Trial, tryOut } from './trial.ts';
