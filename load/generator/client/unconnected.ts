/** Why there was no connection: the server's doing, or want of something on this machine. */
import { certificateProblem } from '@palier/base/certificate';

const exhaustion = new Set(['EMFILE', 'ENFILE', 'EADDRNOTAVAIL', 'EADDRINUSE', 'ENOBUFS', 'ENOMEM', 'EAGAIN']);

export interface Unconnected {
  readonly fault: 'connect' | 'exhausted';
  readonly text: string;
}

export function unconnected(error: NodeJS.ErrnoException): Unconnected {
  const code = error.code ?? error.message;
  if (exhaustion.has(code)) return { fault: 'exhausted', text: `this machine gave no connection (${code})` };
  const problem = certificateProblem(error);
  const text = problem === null ? code : `its certificate is not accepted: ${problem}`;
  return { fault: 'connect', text: `no connection (${text})` };
}
