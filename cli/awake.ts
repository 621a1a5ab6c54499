/**
 * Keeps the cores from falling asleep while something is measured. A core that sleeps between two requests costs the next one its waking,
 * above all in a virtual machine, and how deeply it sleeps the kernel decides anew all the time: seen in one, on apps/releases at fixed
 * rates, the same request took 0.37 to 0.6 ms of a processor within five minutes, more than a limit is to be known to.
 *
 * Asks the kernel that no core take longer than 0 µs to wake (Documentation/power/pm_qos_interface.rst, /dev/cpu_dma_latency): it then waits
 * in a circle instead. The wish lasts as long as the file is open, so it ends with this process, whatever kills that. Idle time stays idle
 * time in all figures.
 */
import { type FileHandle, open } from 'node:fs/promises';

export interface Awake {
  /** For the report. */
  readonly sentence: string;
  /** Lets the cores sleep again. */
  stop(): Promise<void>;
}

/** `file`: of the kernel's wish. Resolves, whether or not it could be done. */
export async function keepAwake(file = '/dev/cpu_dma_latency'): Promise<Awake> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(file, 'r+');
    // Microseconds, as a 32-bit number.
    await handle.write(new Uint8Array(4));
  } catch (error) {
    await handle?.close();
    const { code } = error as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'it is not there' : code === 'EACCES' ? 'only root may' : String(code);
    return { sentence: `The cores could not be kept awake by ${file}: ${why}.`, stop: () => Promise.resolve() };
  }
  return { sentence: `The cores were kept awake (${file}: 0 µs).`, stop: () => handle.close() };
}
