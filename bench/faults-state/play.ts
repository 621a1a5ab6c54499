/** One fault, played: the load runs, it happens, it is mended, the load ends, and what each process told is judged. */
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '@palier/testkit/folder';
import { startProcess, type TestProcess } from '@palier/testkit/processes';
import { expiryOf, keysLeft, type Left, lookAfter, sessionsLeft, tokensLeft } from './aftermath.ts';
import { type Told, unpacked } from './load/answers.ts';
import type { Fault } from './faults.ts';
import { endingsOf } from './judge/judge.ts';
import { machineMs } from './load/paced.ts';
import { brokenMsOf, lastsMs, type Pace } from './pace.ts';
import { prepare } from './prepare.ts';
import type { Role } from './load/role.ts';
import { rolesOf } from './roles.ts';
import { type Bout, rowsOf, type Row } from './judge/rows.ts';
import { openStage } from './stage.ts';

export interface Played {
  readonly fault: string;
  readonly rows: readonly Row[];
  /** How often each error was seen, by who saw it. */
  readonly errors: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Why it could not be played. */
  readonly failed?: string;
}

const entry = fileURLToPath(new URL('./load-main.ts', import.meta.url));

export async function play(fault: Fault, pace: Pace): Promise<Played> {
  await using stage = await openStage(fault.engine, {
    downAfterMs: pace.downAfterMs,
    withPassage: fault.withPassage ?? false,
    // One that is left must have one itself, or nothing more is acknowledged.
    replicasEach: fault.grows ? 0 : fault.durable === 0 ? 1 : 2,
    grows: fault.grows ?? false,
  });
  await using folder = await temporaryFolder('faults');
  const runMs = lastsMs(fault, pace);
  // When their end is part of it, half of them end in the middle of the run, as far as one can tell beforehand.
  const accessLifeMs = fault.clocksOff ? 1000 * Math.ceil((3000 + runMs / 2) / 1000) : 3_600_000;
  const prepared = await prepare(stage, fault, { ...pace, accessLifeMs });
  const roles = rolesOf(fault, pace, stage, prepared, folder);
  const processes: TestProcess[] = [];
  let bout: Bout;
  try {
    for (const role of roles) processes.push(await start(role, folder.file(`${role.name}.json`)));
    const tell = (word: string): void => processes.forEach(({ child }) => child.stdin?.write(`${word}\n`));
    const fromMs = machineMs();
    tell('go');
    await sleep(pace.beforeMs);
    const mend = await fault.happen(stage);
    await sleep(brokenMsOf(fault, pace));
    await mend();
    await sleep(pace.afterMs);
    bout = { fault, fromMs, toMs: machineMs(), downAfterMs: pace.downAfterMs };
    tell('stop');
    await Promise.all(processes.map((one) => one.line(/^done$/, 60_000)));
  } finally {
    await Promise.all(processes.map((one) => one.stop()));
  }
  const told = new Map(roles.map((role) => [role, unpacked(readFileSync(role.toFile, 'utf8'))]));
  const left = await lookAfter(stage.url, prepared.shared, async (replica) => {
    const tokens = await tokensLeft(replica, prepared.tokens, endingsOf(ofTokens(told)));
    const rest = new Map<Role, Left>();
    for (const [role, said] of told) {
      if (role.kind === 'sessions') rest.set(role, await sessionsLeft(replica, said, endingsOf(said.answers)));
      else rest.set(role, role.kind === 'tokens' ? tokens : await keysLeft(replica, said));
    }
    return rest;
  });
  return {
    fault: fault.name,
    rows: rowsOf(bout, told, left, prepared.tokens.map(expiryOf)),
    errors: Object.fromEntries([...told].map(([role, { errors }]) => [role.name, errors])),
  };
}

function ofTokens(told: ReadonlyMap<Role, Told>): Told['answers'] {
  return [...told].flatMap(([role, { answers }]) => (role.kind === 'tokens' ? answers : []));
}

async function start(role: Role, file: string): Promise<TestProcess> {
  writeFileSync(file, JSON.stringify(role));
  return startProcess({
    command: [process.execPath, '--conditions=palier-source', entry, file],
    ready: /^ready$/,
    readyWithinMs: 60_000,
  });
}
