/** The worker processes: so many at any time; one that is killed is followed by another, one that is frozen comes back. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { TemporaryFolder } from '@palier/testkit/folder';
import { startProcess, type TestProcess } from '@palier/testkit/processes';
import type { Role } from './worker-main.ts';

export interface Crew {
  readonly kills: number;
  readonly freezes: number;
  /** Ended without having been killed. */
  readonly deserters: number;
  /** Where each has written what it did. */
  readonly logs: readonly string[];
  /** SIGKILL to the one that has lived longest; another is started. Nothing happens while more than one is missing. */
  kill(): void;
  /** SIGSTOP to it, and SIGCONT when others have taken its jobs for long. */
  freeze(forMs: number): void;
  /** Nobody is frozen or starting any more. Throws when one could not be started. */
  settled(): Promise<void>;
  /** All stop in order. Answers how many results they said were refused. */
  stop(): Promise<number>;
}

const entry = fileURLToPath(new URL('./worker-main.ts', import.meta.url));
const startWithinMs = 60_000;

interface Member {
  readonly started: TestProcess;
  frozen: boolean;
  killed: boolean;
}

export async function startCrew(size: number, folder: TemporaryFolder, role: Omit<Role, 'log'>): Promise<Crew> {
  const logs: string[] = [];
  const under = new Set<Promise<unknown>>();
  const failures: unknown[] = [];
  let members: Member[] = [];
  let stopping = false;
  const counts = { kills: 0, freezes: 0, deserters: 0 };

  async function enlist(): Promise<void> {
    const file = folder.file(`role ${logs.length}.json`);
    const log = folder.file(`log ${logs.length}.txt`);
    logs.push(log);
    writeFileSync(file, JSON.stringify({ ...role, log } satisfies Role));
    writeFileSync(log, '');
    const started = await startProcess({
      command: [process.execPath, '--conditions=palier-source', entry, file],
      ready: /^ready$/,
      readyWithinMs: startWithinMs,
    });
    const member: Member = { started, frozen: false, killed: false };
    members.push(member);
    void started.ended.then(() => {
      members = members.filter((one) => one !== member);
      if (member.killed || stopping) return;
      counts.deserters++;
      later(enlist());
    });
  }

  function later(promise: Promise<unknown>): void {
    const one: Promise<unknown> = promise
      .catch((error: unknown) => void failures.push(error))
      .finally(() => under.delete(one));
    under.add(one);
  }

  // Where a process takes long to start, it is given the time: somebody must live long enough to notice who does not.
  function next(): Member | undefined {
    const there = members.filter(({ frozen, killed }) => !frozen && !killed);
    return there.length >= size - 1 ? there[0] : undefined;
  }

  await Promise.all(Array.from({ length: size }, enlist));
  return {
    get kills() {
      return counts.kills;
    },
    get freezes() {
      return counts.freezes;
    },
    get deserters() {
      return counts.deserters;
    },
    logs,
    kill() {
      const member = next();
      if (member === undefined) return;
      member.killed = true;
      counts.kills++;
      member.started.child.kill('SIGKILL');
      later(enlist());
    },
    freeze(forMs) {
      const member = next();
      if (member === undefined) return;
      member.frozen = true;
      counts.freezes++;
      member.started.child.kill('SIGSTOP');
      later(
        new Promise<void>((resolve) => {
          setTimeout(() => {
            member.started.child.kill('SIGCONT');
            member.frozen = false;
            resolve();
          }, forMs);
        }),
      );
    },
    async settled() {
      while (under.size > 0) await Promise.all(under);
      if (failures.length > 0) throw failures[0];
    },
    async stop() {
      stopping = true;
      const last = [...members];
      for (const { started } of last) started.child.stdin?.write('stop\n');
      try {
        const told = await Promise.all(last.map(({ started }) => started.line(/^told \d+$/, startWithinMs)));
        return told.reduce((sum, line) => sum + Number(line.slice('told '.length)), 0);
      } finally {
        await Promise.all(last.map(({ started }) => started.stop()));
      }
    },
  };
}
