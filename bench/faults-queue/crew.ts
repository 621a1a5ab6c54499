/** The worker processes: so many at any time; one that is killed is followed by another, one that is frozen comes back. */
import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { TemporaryFolder } from '@palier/testkit/folder';
import { bound } from '@palier/testkit/engines';
import { startProcess, type TestProcess } from '@palier/testkit/processes';
import { Meetings } from './meetings.ts';
import type { Role } from './worker-main.ts';

const entry = fileURLToPath(new URL('./worker-main.ts', import.meta.url));
const withinMs = 60_000;

interface Member {
  readonly started: TestProcess;
  frozen: boolean;
  killed: boolean;
}

export class Crew {
  kills = 0;
  freezes = 0;
  /** Ended without having been killed. */
  deserters = 0;
  /** Where each has written what it did. */
  readonly logs: string[] = [];
  readonly #size: number;
  readonly #folder: TemporaryFolder;
  readonly #role: Omit<Role, 'log'>;
  readonly #meetings: Meetings;
  /** Processes that start, and frozen ones. */
  readonly #under = new Set<Promise<unknown>>();
  readonly #failures: unknown[] = [];
  #members: Member[] = [];
  #stopping = false;

  constructor(size: number, folder: TemporaryFolder, role: Omit<Role, 'log'>) {
    this.#size = size;
    this.#folder = folder;
    this.#role = role;
    this.#meetings = new Meetings(role.meetings);
  }

  async start(): Promise<void> {
    await Promise.all(Array.from({ length: this.#size }, () => this.#enlist()));
  }

  /** SIGKILL to the one that has lived longest; another is started. Nothing happens while more than one is missing, or stands still by itself. */
  kill(): void {
    const member = this.#next();
    if (member === undefined) return;
    member.killed = true;
    this.kills++;
    member.started.child.kill('SIGKILL');
    this.#later(this.#enlist());
  }

  /** SIGSTOP to it, and SIGCONT when others have had its jobs for long. */
  freeze(forMs: number): void {
    const member = this.#next();
    if (member === undefined) return;
    member.frozen = true;
    this.freezes++;
    const { child } = member.started;
    child.kill('SIGSTOP');
    const thaw = new Promise<void>((resolve) => {
      setTimeout(() => {
        child.kill('SIGCONT');
        member.frozen = false;
        resolve();
      }, forMs);
    });
    this.#later(thaw);
  }

  /** Resolves when nobody is frozen or starting any more. Throws when one could not be started. */
  async settled(): Promise<void> {
    while (this.#under.size > 0) await Promise.all(this.#under);
    if (this.#failures.length > 0) throw new Error(`A worker could not be started: ${String(this.#failures[0])}`);
  }

  /** All stop in order. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const last = [...this.#members];
    for (const { started } of last) started.child.stdin?.write('stop\n');
    const ended = Promise.all(last.map(({ started }) => started.ended));
    await Promise.race([ended, sleep(withinMs, undefined, { ref: false })]);
    await Promise.all(last.map(({ started }) => started.stop()));
  }

  /** Where a process takes long to start, it is given the time: somebody must live long enough to notice who does not. */
  #next(): Member | undefined {
    const there = this.#members.filter(({ frozen, killed }) => !frozen && !killed);
    // While two attempts at a job are to meet, the others must live long enough to take the job from the one that stands still.
    const free = there.filter(({ started }) => !this.#meetings.isSpared(started.pid));
    return free.length >= this.#size - 1 ? free[0] : undefined;
  }

  async #enlist(): Promise<void> {
    const file = this.#folder.file(`role ${this.logs.length}.json`);
    const log = this.#folder.file(`log ${this.logs.length}.txt`);
    this.logs.push(log);
    writeFileSync(file, JSON.stringify({ ...this.#role, log } satisfies Role));
    writeFileSync(log, '');
    const started = await startProcess({
      // Stopped, it could not notice that this process is gone: the kernel does.
      command: bound([process.execPath, '--conditions=palier-source', entry, file]),
      ready: /^ready$/,
      readyWithinMs: withinMs,
    });
    const member: Member = { started, frozen: false, killed: false };
    this.#members.push(member);
    void started.ended.then(() => {
      this.#members = this.#members.filter((one) => one !== member);
      if (member.killed || this.#stopping) return;
      this.deserters++;
      this.#later(this.#enlist());
    });
  }

  #later(promise: Promise<unknown>): void {
    const one: Promise<unknown> = promise
      .catch((error: unknown) => void this.#failures.push(error))
      .finally(() => this.#under.delete(one));
    this.#under.add(one);
  }
}
