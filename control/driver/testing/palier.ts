/** Starts the small palier of up.ts in a test, and looks at what it leaves behind. */
import { fileURLToPath } from 'node:url';
import {
  leftBehind,
  type Snapshot,
  snapshot,
  startedWith,
  startProcess,
  type TestProcess,
} from '@palier/testkit/processes';

export interface TestPalier extends AsyncDisposable {
  readonly process: TestProcess;
  /** The next (or an earlier) message of this kind that fits. */
  said(kind: string, fits?: (message: Message) => boolean): Promise<Message>;
  all(kind: string): Message[];
  /** Processes and ports of this run that are there now, as sentences. */
  left(): string[];
  /** What is still there some time after its end; empty as soon as nothing is. */
  leftAtEnd(): Promise<string[]>;
}

// oxlint-disable-next-line typescript/no-explicit-any -- what a test looks at is what it says
export type Message = Record<string, any>;

/** A web server that answers 200 everywhere, prints its port, and does what `body` says. */
export function nodeServer(body: string = ''): readonly string[] {
  const code = `const http = require('node:http');
    const server = http.createServer((_, response) => response.end('ok'));
    const listen = () => server.listen(process.env.PORT, '127.0.0.1', () => console.log('listening ' + process.env.PORT));
    ${body === '' ? 'listen();' : body}`;
  return [process.execPath, '-e', code];
}

let runs = 0;

/** Starts up.ts with these services; `wrap` is put before its command. */
export function startPalier(
  services: readonly object[],
  { options = {}, wrap = [] }: { options?: object; wrap?: readonly string[] } = {},
): Promise<TestPalier> {
  const up = fileURLToPath(new URL('./up.ts', import.meta.url));
  return startProgram(up, (run) => JSON.stringify({ run, services, options }), wrap);
}

/** Starts a program that tells JSON lines, the first of kind `keeper`; `argument` gets a name for the run. */
export async function startProgram(
  program: string,
  argument: (run: string) => string,
  wrap: readonly string[] = [],
): Promise<TestPalier> {
  const run = `test-${process.pid}-${++runs}-${Math.round(performance.now())}`;
  const before: Snapshot = snapshot();
  const node = [process.execPath, '--conditions=palier-source', program, argument(run)];
  const child = await startProcess({
    command: [...wrap, ...node] as unknown as readonly [string, ...string[]],
    env: { PALIER_TEST_RUN: run },
    ready: /"kind":"keeper"/,
  });
  const mine = startedWith(`PALIER_TEST_RUN=${run}`);
  return {
    process: child,
    async said(kind, fits = () => true) {
      const deadline = performance.now() + 30_000;
      for (;;) {
        const found = parsed(child.lines).find((message) => message['kind'] === kind && fits(message));
        if (found !== undefined) return found;
        if (performance.now() > deadline)
          throw new Error(`no ${kind} within 30 s:\n${child.lines.slice(-30).join('\n')}`);
        await pause();
      }
    },
    all: (kind) => parsed(child.lines).filter((message) => message['kind'] === kind),
    left: () => leftBehind(before, mine),
    async leftAtEnd() {
      await child.ended;
      const deadline = performance.now() + 10_000;
      while (leftBehind(before, mine).length > 0 && performance.now() < deadline) await pause();
      return leftBehind(before, mine);
    },
    async [Symbol.asyncDispose]() {
      await child[Symbol.asyncDispose]();
      for (const line of leftBehind(before, mine)) {
        const pid = Number(/^process (\d+)/.exec(line)?.[1] ?? 0);
        if (pid > 1) process.kill(pid, 'SIGKILL');
      }
    },
  };
}

function parsed(lines: readonly string[]): Message[] {
  return lines.flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Message] : []));
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20));
}
