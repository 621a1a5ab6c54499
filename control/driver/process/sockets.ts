/** Who listens where, from /proc; empty on a platform without it, and for the processes of other users. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export interface Listener {
  readonly pid: number;
  /** Its command line, cut after 120 characters. */
  readonly command: string;
}

/** Who listens on this TCP port, on any address; null when it cannot be told. */
export function listenerOf(port: number): Listener | null {
  const inodes = new Set(
    listening()
      .filter((socket) => socket.port === port)
      .map((socket) => socket.inode),
  );
  if (inodes.size === 0) return null;
  for (const name of namesIn('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const pid = Number(name);
    if (socketsOf(pid).some((inode) => inodes.has(inode))) return { pid, command: commandOf(pid) };
  }
  return null;
}

/** The TCP ports on which these processes listen, ascending. */
export function portsOf(pids: readonly number[]): number[] {
  const inodes = new Set(pids.flatMap(socketsOf));
  const ports = listening().filter((socket) => inodes.has(socket.inode));
  return [...new Set(ports.map((socket) => socket.port))].toSorted((a, b) => a - b);
}

function listening(): { readonly port: number; readonly inode: string }[] {
  return ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => {
    const rows = textOf(file).split('\n').slice(1);
    return rows.flatMap((row) => {
      // sl local_address rem_address st tx:rx tr:tm retrnsmt uid timeout inode (proc_net(5)); state 0A is LISTEN.
      const [, local, , state, , , , , , inode] = row.trim().split(/\s+/);
      if (state !== '0A' || local === undefined || inode === undefined) return [];
      return [{ port: Number.parseInt(local.slice(local.lastIndexOf(':') + 1), 16), inode }];
    });
  });
}

function socketsOf(pid: number): string[] {
  return namesIn(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      const match = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`));
      return match?.[1] === undefined ? [] : [match[1]];
    } catch {
      return [];
    }
  });
}

function commandOf(pid: number): string {
  return textOf(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim().slice(0, 120);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
