/** A server's command that dies with the process that started it. */
import { needs } from '../program.ts';

/** Whom a server runs as. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/**
 * The command, run as `user` if one is given, and killed by the kernel when this process dies without having stopped it: a test run that is
 * killed leaves no server behind. Where there is no setpriv, the command as it is.
 */
export function bound(command: readonly [string, ...string[]], user?: Account): [string, ...string[]] {
  const { path } = needs('setpriv', { debian: 'util-linux' });
  if (path === undefined) return [...command];
  const as = user === undefined ? [] : [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups'];
  return [path, ...as, '--pdeathsig', 'KILL', '--', ...command];
}
