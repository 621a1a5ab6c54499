/** How a process ended, in words, and what a reader should make of it. Pure. */
import { formatBytes } from '@palier/base/bytes';
import type { Exit } from '../keeper/message.ts';

/** "exit code 1", "SIGKILL", or that its allotment of memory was used up. */
export function endingInWords(exit: Exit, memoryBytes: number | null): string {
  const plain = exit.signal ?? `exit code ${exit.code ?? '?'}`;
  if (exit.oomKills === 0) return plain;
  const allotment = memoryBytes === null ? 'its memory' : `its memory allotment of ${formatBytes(memoryBytes)}`;
  return `${plain}: the kernel killed it because ${allotment} was used up`;
}

/** A hint to add to an error about this end; empty, or a sentence and a space. */
export function endingNote(exit: Exit, shell: boolean): string {
  if (exit.oomKills > 0) return 'Raise "memoryMb" of its allotment, or find what it keeps in memory. ';
  if (shell && exit.code === 127) return "Exit code 127 is the shell's: it did not find a program of that line. ";
  if (exit.code === 126) return 'Exit code 126: the program was found and may not be executed. ';
  if (exit.code === 0) return 'A replica stays in the foreground: it must not end, or go on in the background. ';
  return '';
}

/** Whether the output says that a port was taken. */
export function saysPortTaken(lines: readonly string[]): boolean {
  return lines.some((line) => /EADDRINUSE|address (is )?already in use|port \S+ is (already )?in use/i.test(line));
}
