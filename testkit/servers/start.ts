/**
 * Servers for tests: any program that listens, and the known-answer servers.
 */
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { freePort } from '../ports.ts';
import { type ProcessOptions, startProcess, type TestProcess } from '../processes/start.ts';
import type { Behaviour, ServedRequest } from './behaviour.ts';

export interface ServerOptions extends Omit<ProcessOptions, 'command' | 'ready'> {
  /** Program and arguments; `{{port}}` stands for a port that is free. */
  readonly command: readonly [string, ...string[]];
  /** The line of its output that says that it listens; a group `(\d+)` in it is the port when the command names none. */
  readonly ready: RegExp;
}

export interface TestServer extends AsyncDisposable {
  /** On 127.0.0.1. */
  readonly port: number;
  readonly process: TestProcess;
  stop(): Promise<void>;
}

/** Starts any server: the pattern for the databases, proxies and monitors that tests need. */
export async function startServer({ command, ready, ...options }: ServerOptions): Promise<TestServer> {
  const port = command.some((word) => word.includes('{{port}}')) ? await freePort() : undefined;
  const [program, ...args] = command.map((word) => word.replaceAll('{{port}}', String(port)));
  const process = await startProcess({ ...options, command: [program as string, ...args], ready });
  const stop = async (): Promise<void> => void (await process.stop());
  return { port: port ?? Number(process.ready[1]), process, stop, [Symbol.asyncDispose]: stop };
}

export interface KnownAnswerServer extends TestServer {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** What it did so far, in order of the answers; throws when it was more than the 200 000 requests that the log holds. */
  truth(): Promise<readonly ServedRequest[]>;
  /** Begins anew: an empty log, its time, its count and its draws from the start. For one server and several clients one after the other. */
  forget(): Promise<void>;
}

/** Starts a server whose answers are known beforehand, as a process of its own. `fast` keeps no log. */
export async function startKnownAnswerServer(behaviour: Behaviour): Promise<KnownAnswerServer> {
  const main = fileURLToPath(new URL('./main.ts', import.meta.url));
  const command = [main, JSON.stringify(behaviour)] as const;
  const server = await startServer({ command, ready: /^listening on (\d+)$/, channel: true });
  const { child } = server.process;
  const tell = async (word: 'truth' | 'forget'): Promise<{ log: ServedRequest[]; overflow: number }> => {
    const answered = once(child, 'message', { signal: AbortSignal.timeout(30_000) });
    child.send(word);
    const [told] = (await answered) as [{ log: ServedRequest[]; overflow: number }];
    return told;
  };
  return {
    ...server,
    url: `http://127.0.0.1:${server.port}`,
    async truth() {
      const { log, overflow } = await tell('truth');
      if (overflow > 0)
        throw new Error(`the server served ${overflow} more requests than its log holds (${log.length})`);
      return log;
    },
    async forget() {
      await tell('forget');
    },
  };
}
