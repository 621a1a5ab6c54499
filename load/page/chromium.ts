/**
 * A Chromium of its own, headless, spoken to by its DevTools protocol over a pipe: no port is opened, and it ends when the pipe does.
 *
 * https://chromedevtools.github.io/devtools-protocol/ ; `--remote-debugging-pipe`: JSON texts, each ended by a zero byte, on descriptors 3
 * and 4.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import type { Duplex } from 'node:stream';
import type { Timers } from '@palier/base/timers';
import type { PageOptions } from './options.ts';

export interface BrowserEvent {
  readonly method: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- as the protocol has it, and read field by field
  readonly params: any;
}

export interface Chromium extends AsyncDisposable {
  /** `Chromium 156.0.8078.79`. */
  readonly version: string;
  /** Rejects with what the browser objects to, and when it has ended or does not answer. */
  // oxlint-disable-next-line typescript/no-explicit-any -- as above
  ask(method: string, params?: object, session?: string): Promise<any>;
  /** Hears the events of a session until the returned function is called. */
  hear(session: string, listen: (event: BrowserEvent) => void): () => void;
}

/** As Debian, Fedora, Google and Microsoft call it. */
const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge'];

/** The program of this machine; null: there is none. `named` goes before all. */
export function findBrowser(named: string | undefined): string | null {
  const candidates = named === undefined ? names : [named];
  return candidates.find((name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0) ?? null;
}

const flags = [
  '--headless=new',
  '--remote-debugging-pipe',
  '--no-first-run',
  '--no-default-browser-check',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-default-apps',
  '--disable-extensions',
  '--disable-sync',
  '--disable-gpu',
  '--mute-audio',
];

interface Asked {
  // oxlint-disable-next-line typescript/no-explicit-any -- as above
  resolve(result: any): void;
  reject(error: Error): void;
}

export interface ChromiumStart {
  readonly program: string;
  /** A folder of its own: emptied first, and removed at the end. */
  readonly profileFolder: string;
}

/** Throws when it does not start. */
export async function startChromium(
  { program, profileFolder }: ChromiumStart,
  options: PageOptions,
  timers: Timers,
): Promise<Chromium> {
  await using opening = new AsyncDisposableStack();
  const remove = (): Promise<void> => rm(profileFolder, { recursive: true, force: true, maxRetries: 5 });
  await remove();
  await mkdir(profileFolder, { recursive: true });
  opening.defer(remove);
  // Its own sandbox refuses to run as root, as containers do; the pages are those of the user's system.
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const child = spawn(program, [...flags, ...sandbox, `--user-data-dir=${profileFolder}`, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
  });
  const line = connect(child, options, timers);
  opening.defer(() => line.end());
  const { product } = await line.ask('Browser.getVersion');
  const opened = opening.move();
  return {
    ...line,
    version: String(product).replace(/^(Headless)?Chrome\//, 'Chromium '),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

type Line = Pick<Chromium, 'ask' | 'hear'> & { end(): Promise<void> };

function connect(child: ChildProcess, options: PageOptions, timers: Timers): Line {
  const asked = new Map<number, Asked>();
  const heard = new Map<string, (event: BrowserEvent) => void>();
  let last = 0;
  let gone: Error | undefined;
  const ended = new Promise<void>((resolve) => {
    const lost = (why: string): void => {
      gone ??= new Error(`the browser ${why}`);
      for (const { reject } of asked.values()) reject(gone);
      asked.clear();
      resolve();
    };
    child.once('error', ({ message }) => lost(`did not start (${message})`));
    child.once('exit', (code, signal) => lost(`ended (${signal ?? `code ${code}`})`));
  });
  const [out, back] = [child.stdio[3] as Duplex, child.stdio[4] as Duplex];
  // A pipe to a process that is gone; its exit tells.
  out.on('error', () => {});
  back.on('error', () => {});
  readTexts(back, options.maxMessageBytes, (text) => {
    const { id, result, error, method, params, sessionId } = JSON.parse(text);
    if (id === undefined) return heard.get(sessionId ?? '')?.({ method, params });
    const waiting = asked.get(id);
    asked.delete(id);
    if (error === undefined) waiting?.resolve(result);
    else waiting?.reject(new Error(`the browser refused (${error.message})`));
  });
  return {
    ask(method, params = {}, sessionId) {
      if (gone !== undefined) return Promise.reject(gone);
      last += 1;
      const id = last;
      return new Promise((resolve, reject) => {
        const late = timers.after(options.commandTimeoutMs, () => {
          asked.delete(id);
          reject(new Error(`the browser did not answer ${method} within ${options.commandTimeoutMs} ms`));
        });
        const settle =
          <Value>(then: (value: Value) => void) =>
          (value: Value): void => {
            late();
            then(value);
          };
        asked.set(id, { resolve: settle(resolve), reject: settle(reject) });
        out.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
      });
    },
    hear(session, listen) {
      heard.set(session, listen);
      return () => heard.delete(session);
    },
    async end() {
      // Asked first, so that its own processes are gone before it; it need not heed that.
      out.write(`${JSON.stringify({ id: 0, method: 'Browser.close' })}\0`);
      const hung = timers.after(options.closeTimeoutMs, () => child.kill('SIGKILL'));
      await ended;
      hung();
      out.destroy();
      back.destroy();
    },
  };
}

/** Texts that end with a zero byte; what grows beyond `maxBytes` without one ends the reading. */
function readTexts(from: Duplex, maxBytes: number, take: (text: string) => void): void {
  let rest: Buffer[] = [];
  let bytes = 0;
  from.on('data', (chunk: Buffer) => {
    let begin = 0;
    for (let end = chunk.indexOf(0); end !== -1; end = chunk.indexOf(0, begin)) {
      take(Buffer.concat([...rest, chunk.subarray(begin, end)]).toString());
      [rest, bytes, begin] = [[], 0, end + 1];
    }
    const more = chunk.subarray(begin);
    bytes += more.length;
    if (bytes > maxBytes) from.destroy();
    else if (more.length > 0) rest.push(more);
  });
}
