/** One service as a process: opened from the environment, served until SIGTERM or SIGINT, closed in the reverse order. */
import { jsonLog } from '@palier/base/log';
import { type Surroundings, systemSurroundings } from '@palier/base/surroundings';
import { createMeters, type Meters, meterProcess } from '@palier/kit/meter';
import { chattersError } from '../errors.ts';

export interface Process {
  readonly around: Surroundings;
  readonly meters: Meters;
  /** What is put on it is closed at the end, the last first. */
  readonly opening: AsyncDisposableStack;
}

/** `write` takes the log's lines; `open` makes the service; what it puts on the stack is closed when it fails, too. A mistake of the user's ends with its sentence and code 1. */
export async function runProcess(
  write: (line: string) => void,
  open: (process: Process) => Promise<void>,
): Promise<void> {
  const surroundings = systemSurroundings();
  const log = jsonLog(write, surroundings.clock);
  const around = { ...surroundings, log };
  try {
    await using opening = new AsyncDisposableStack();
    const meters = createMeters();
    opening.adopt(meterProcess(meters, around.clock), (watching) => watching.close());
    await open({ around, meters, opening });
    const opened = opening.move();
    let begun = false;
    const stop = (signal: string): void => {
      if (begun) return;
      begun = true;
      log('info', 'Leaving', { signal });
      void opened.disposeAsync().then(() => log('info', 'Left'));
    };
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
  } catch (error) {
    const { message, hint } = error as Error & { hint?: string };
    log('error', message, { hint, code: (error as { code?: string }).code });
    process.exitCode = 1;
  }
}

/** Throws OPTION when it cannot be listened at. */
export async function listenOn(
  app: { listen(options: { port: number; host: string }): Promise<string> },
  { port, host }: { readonly port: number; readonly host: string },
  { around }: Pick<Process, 'around'>,
): Promise<void> {
  try {
    around.log('info', 'Listening', { url: await app.listen({ port, host }), pid: process.pid });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') {
      throw chattersError('OPTION', { option: 'PORT', is: port, expected: 'a port that no other program uses' });
    }
    if (code === 'EACCES') {
      throw chattersError('OPTION', { option: 'PORT', is: port, expected: 'a port that this user may take' });
    }
    if (code !== 'EADDRNOTAVAIL' && code !== 'ENOTFOUND') throw error;
    throw chattersError('OPTION', { option: 'HOST', is: host, expected: 'an address of this machine' });
  }
}
