/** Servers for tests: any program that listens, and servers whose answers are known beforehand. */
export { type Behaviour, malformed, type Malformation, type ServedRequest } from './behaviour.ts';
export {
  type KnownAnswerServer,
  type ServerOptions,
  startKnownAnswerServer,
  startServer,
  type TestServer,
} from './start.ts';
export { queueQuantileMs, type Queue, queueOf } from './queue.ts';
