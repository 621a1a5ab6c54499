/** A server of a test's own in its folder: started, killed, frozen, started again, and always ended with all that it wrote. */
import type { TemporaryFolder } from '../folder.ts';
import type { TestProcess } from '../processes/index.ts';

export interface EngineServer extends AsyncDisposable {
  readonly host: '127.0.0.1';
  readonly port: number;
  readonly url: string;
  readonly pid: number;
  /** SIGKILL to all of it: it dies as in a crash; what it wrote stays. Resolves when it has ended. */
  kill(): Promise<void>;
  /** SIGSTOP to all of it: it keeps its connections and answers nobody. */
  freeze(): void;
  /** SIGCONT. */
  thaw(): void;
  /** Starts it again after `kill()`, on its port, with what it had written. */
  start(): Promise<void>;
}

export interface EngineParts {
  readonly port: number;
  readonly url: string;
  /** Removed when it ends, or does not start. */
  readonly folder: TemporaryFolder;
  run(): Promise<TestProcess>;
  /** All of its processes, of which this is the first. */
  processes(pid: number): readonly number[];
  /** Ends it at once and in order; what still runs after a while is killed. */
  readonly stopSignal: NodeJS.Signals;
}

export async function startEngine({
  port,
  url,
  folder,
  run,
  processes,
  stopSignal,
}: EngineParts): Promise<EngineServer> {
  let server = await run().catch(async (error: unknown) => {
    await folder[Symbol.asyncDispose]();
    throw error;
  });
  const signal = (name: NodeJS.Signals): void => {
    for (const pid of processes(server.pid)) {
      try {
        process.kill(pid, name);
      } catch {
        // It has ended.
      }
    }
  };
  return {
    host: '127.0.0.1',
    port,
    url,
    get pid() {
      return server.pid;
    },
    async kill() {
      signal('SIGKILL');
      await server.ended;
    },
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
    async start() {
      server = await run();
    },
    async [Symbol.asyncDispose]() {
      signal('SIGCONT');
      server.child.kill(stopSignal);
      await server.stop();
      await folder[Symbol.asyncDispose]();
    },
  };
}
