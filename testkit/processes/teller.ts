/** A Node program that tells what happens as JSON lines, `{"kind":…}`, and what it leaves behind. */
import { until } from '../until.ts';
import { leftBehind, type Snapshot, snapshot, startedWith } from './snapshot.ts';
import { startProcess, type TestProcess } from './start.ts';

export interface Teller extends AsyncDisposable {
  readonly process: TestProcess;
  /** The next (or an earlier) message of this kind that fits; 30 s at most. */
  said(kind: string, fits?: (message: Message) => boolean): Promise<Message>;
  all(kind: string): Message[];
  /** Processes and ports that it started, however indirectly, and that are there now, as sentences. */
  left(): string[];
  /** What is still there 10 s after its end; empty as soon as nothing is. */
  leftAtEnd(): Promise<string[]>;
}

// oxlint-disable-next-line typescript/no-explicit-any -- what a test looks at is what it says
export type Message = Record<string, any>;

let tellers = 0;

/** Starts it with one argument; its start is over with its first message. `wrap` is put before the command. */
export async function startTeller(
  program: string,
  argument: string,
  { wrap = [] }: { readonly wrap?: readonly string[] } = {},
): Promise<Teller> {
  const mark = `PALIER_TELLER=${process.pid}-${++tellers}-${Math.round(performance.now())}`;
  const [name, value] = mark.split('=') as [string, string];
  const before: Snapshot = snapshot();
  const node = [process.execPath, '--conditions=palier-source', program, argument];
  const [first = '', ...rest] = [...wrap, ...node];
  const child = await startProcess({ command: [first, ...rest], env: { [name]: value }, ready: /^\{"kind":/ });
  const left = (): string[] => leftBehind(before, startedWith(mark));
  const all = (kind: string): Message[] => parsed(child.lines).filter((message) => message['kind'] === kind);
  return {
    process: child,
    said: (kind, fits = () => true) =>
      until(`"${kind}"`, () => all(kind).find(fits), { withinMs: 30_000 }).catch((error: unknown) => {
        throw new Error(`${String(error)}\n${child.lines.slice(-20).join('\n')}`, { cause: error });
      }),
    all,
    left,
    async leftAtEnd() {
      await child.ended;
      await until('nothing left', () => left().length === 0).catch(() => {});
      return left();
    },
    async [Symbol.asyncDispose]() {
      await child[Symbol.asyncDispose]();
      // What cleans up behind it has its time.
      await until('nothing left', () => left().length === 0, { withinMs: 5000 }).catch(() => {});
      for (const line of left()) {
        const pid = Number(/^process (\d+)/.exec(line)?.[1] ?? 0);
        if (pid > 1) process.kill(pid, 'SIGKILL');
      }
    },
  };
}

/** argv of a web server at `PORT` that answers 200 everywhere and prints its port; `body` stands instead of its `listen();`. */
export function nodeServer(body: string = 'listen();'): readonly string[] {
  const code = `const http = require('node:http');
    const server = http.createServer((_, response) => response.end('ok'));
    const listen = () => server.listen(process.env.PORT, '127.0.0.1', () => console.log('listening ' + process.env.PORT));
    ${body}`;
  return [process.execPath, '-e', code];
}

function parsed(lines: readonly string[]): Message[] {
  return lines.flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Message] : []));
}
