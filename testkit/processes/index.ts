/** Real processes in tests: starting them, and proving that none is left. */
export {
  descendantsOf,
  isRunning,
  leftBehind,
  type ListeningPort,
  type ProcessFacts,
  type ProcessFilter,
  type Snapshot,
  snapshot,
  startedWith,
} from './snapshot.ts';
export { type ProcessEnd, type ProcessOptions, startProcess, type TestProcess } from './start.ts';
export { type Message, nodeServer, startTeller, type Teller } from './teller.ts';
