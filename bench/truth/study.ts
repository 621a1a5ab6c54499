/** What load generators say of servers whose answers are known beforehand: ours and its peers', beside the server's own log. */
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type KnownAnswerServer, queueQuantileMs, startKnownAnswerServer } from '@palier/testkit/servers';
import { startChild } from '../process/child.ts';
import { type Cores, divideCores } from '../process/cores.ts';
import { conditionsOf, conditionsText } from '../process/conditions.ts';
import { machineCpu, processCpuMs, waitedForCoreMs } from '../process/cpu.ts';
import { temporaryFolder } from '../process/ending.ts';
import { palier } from '../process/ours.ts';
import { quietCores } from '../rows.ts';
import { stayOn } from '../starved/starve.ts';
import type { Study } from '../study.ts';
import { aligned } from '../table.ts';
import { type Figures, figuresOf, laterBy, quantileNames, shares } from './figures.ts';
import { connections, type Known, knownServers, maxConcurrent, queueMeanMs, quickServers } from './known.ts';
import { play } from './ours.ts';
import { type Peer, peers, type Told } from './peers.ts';
import { cellsOf, goal, knownCells, metOf, missedOf, tableHead, type TruthRow } from './rows.ts';
import { dueTruth, servedTruth, type Wire } from './truth.ts';
import { measureWire } from './wire.ts';

/** What a client may take to start and to end beyond its load. */
const aroundMs = 30_000;
const pollMs = 50;
/** Until what a client left behind is answered. */
const settleMs = 600;
const warmUpRounds = 6;
/** So often at most a client plays at a server, as long as others use the machine. */
const maxPlays = 3;

export const study: Study = {
  name: 'truth',
  sentence: 'What ours and six other load generators say of servers whose own log is the truth.',
  run,
};

interface Setting {
  readonly cores: Cores;
  readonly wire: Wire;
  readonly folder: string;
  readonly withOurs: boolean;
  readonly peers: readonly Peer[];
  readonly maxPlays: number;
}

async function run({ quick }: { readonly quick: boolean }): ReturnType<Study['run']> {
  const only = process.env['ONLY']?.split(',') ?? [];
  const unknown = only.filter(
    (word) =>
      ![palier, ...peers.map(({ program }) => program), ...knownServers(quick)].some(({ name }) => name === word),
  );
  if (unknown.length > 0) throw new Error(`ONLY names what is no server and no client: ${unknown.join(', ')}.`);
  const chosen = <T>(list: readonly T[], nameOf: (one: T) => string): readonly T[] =>
    list.some((one) => only.includes(nameOf(one))) ? list.filter((one) => only.includes(nameOf(one))) : list;
  const cores = divideCores();
  const all = [palier, ...peers.map(({ program }) => program)];
  const conditions = conditionsOf(cores, all);
  console.log(conditionsText(conditions));
  for (const { name, howToGet } of all.filter(({ name }) => !(name in conditions.versions))) {
    console.log(`Left out: ${name} is not there (${howToGet}).`);
  }
  const tools = new Set(
    chosen(
      all.filter(({ name }) => name in conditions.versions),
      ({ name }) => name,
    ).map(({ name }) => name),
  );
  const wire = await measureWire(cores.server);
  console.log(
    `Wire time: ${wireText(wire)} (medians of bare sockets', beyond the log of a server that answers at once).`,
  );
  const folder = temporaryFolder();
  const setting = {
    cores,
    wire,
    folder: folder.path,
    withOurs: tools.has(palier.name),
    peers: peers.filter(({ program }) => tools.has(program.name)),
    maxPlays: quick ? 1 : maxPlays,
  };
  const known = knownServers(quick);
  const named = chosen(known, ({ name }) => name);
  const isShort = quick && named.length === known.length;
  const servers = isShort ? known.filter(({ name }) => quickServers.includes(name)) : named;
  const rows: TruthRow[] = [];
  try {
    for (const known of servers) rows.push(...(await runServer(known, setting)));
  } finally {
    folder.remove();
  }
  const met = metOf(rows, only.length === 0);
  const text = textOf(servers, rows);
  console.log(`\n${text.table}\n\n${text.lines.join('\n')}`);
  return { met, result: { conditions, wire, goal, rows, lines: text.lines } };
}

async function runServer(known: Known, setting: Setting): Promise<TruthRow[]> {
  await using server = await startKnownAnswerServer(known.behaviour);
  if (setting.cores.server !== null) stayOn(setting.cores.server, server.process.pid);
  await warmUp(server);
  const rows: TruthRow[] = [];
  if (setting.withOurs) rows.push(...(await leastDisturbed(setting, () => runOurs(known, server, setting))));
  for (const peer of setting.peers) {
    try {
      rows.push(...(await leastDisturbed(setting, () => runPeer(peer, known, server, setting))));
    } catch (error) {
      console.error(`${peer.program.name}, ${known.name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return rows;
}

/**
 * What a request waits while another program has the server's core stands in no log of the server: it is on the wire still. So a disturbed
 * play is no evidence for or against anybody. The least disturbed one counts, whatever it says.
 */
async function leastDisturbed(setting: Setting, play: () => Promise<TruthRow[]>): Promise<TruthRow[]> {
  let best = await play();
  const elsewhere = (rows: readonly TruthRow[]): number => rows[0]?.elsewhere ?? 0;
  for (let plays = 1; plays < setting.maxPlays && elsewhere(best) > quietCores; plays++) {
    const next = await play();
    if (elsewhere(next) < elsewhere(best)) best = next;
  }
  return best;
}

/** So that the first client does not meet a server that is still being compiled. */
async function warmUp({ url }: KnownAnswerServer): Promise<void> {
  for (let round = 0; round < warmUpRounds; round++) {
    await Promise.allSettled(Array.from({ length: 3 * connections }, async () => (await fetch(url)).arrayBuffer()));
  }
}

async function runOurs(known: Known, server: KnownAnswerServer, setting: Setting): Promise<TruthRow[]> {
  await sleep(settleMs);
  await server.forget();
  const other = watchOthers(server.process.pid);
  const played = await play(known, server.url, setting.cores.client);
  const { response, service, errors, lagP99Ms, cpuMs } = played;
  const others = other(cpuMs);
  const log = await server.truth();
  const due = dueTruth(log, known.dueMs, setting.wire);
  if (due === null)
    throw new Error(`${known.dueMs.length} requests were due at ${known.name}, and ${log.length} came.`);
  console.error(
    `palier, ${known.name}: p99 sent ${lagP99Ms.toFixed(2)} ms late, itself ${played.waitedMs.toFixed(0)} ms ready without a core; ${othersText(others)}`,
  );
  const made = log.filter(({ outcome }) => outcome !== 'answered').length;
  const row = {
    server: known.name,
    tool: palier.name,
    isOurs: true,
    requests: log.length,
    errors: { told: errors, made },
    ...others,
  };
  return [
    { ...row, against: 'due', told: response, truth: due },
    { ...row, against: 'log', told: service, truth: servedTruth(log, setting.wire) },
  ];
}

async function runPeer(peer: Peer, known: Known, server: KnownAnswerServer, setting: Setting): Promise<TruthRow[]> {
  const { program } = peer;
  await sleep(settleMs);
  await server.forget();
  const other = watchOthers(server.process.pid);
  const { told, cpuMs } = await runCommand(peer, known, server.url, setting);
  const others = other(cpuMs);
  const log = await server.truth();
  console.error(`${program.name}, ${known.name}: ${log.length} requests; ${othersText(others)}`);
  const made = log.filter(({ outcome }) => outcome !== 'answered').length;
  const row = {
    server: known.name,
    tool: program.name,
    isOurs: false,
    requests: log.length,
    told,
    errors: { told: told.errors, made },
    ...others,
  };
  const served = { ...row, against: 'log' as const, truth: servedTruth(log, setting.wire) };
  if (!known.queues) return [served];
  return [{ ...row, against: 'due', truth: laterBy(setting.wire.keptMs, figuresOf(known.takesMs)) }, served];
}

async function runCommand(
  peer: Peer,
  { name, perSecond, durationMs }: Known,
  url: string,
  { cores, folder }: Setting,
): Promise<{ readonly told: Told; readonly cpuMs: number }> {
  const own = mkdtempSync(join(folder, `${peer.program.name}-${name}-`));
  const asked = { url: `${url}/`, perSecond, seconds: durationMs / 1000, connections, maxConcurrent };
  const child = await startChild(peer.program.name, cores.client, peer.command(asked, own));
  const deadline = performance.now() + durationMs + aroundMs;
  let cpuMs = 0;
  try {
    while (!child.ended()) {
      if (performance.now() > deadline) throw new Error(`It did not end within ${aroundMs / 1000} s of its load.`);
      cpuMs = Math.max(cpuMs, processCpuMs(child.pid) ?? 0);
      await sleep(pollMs);
    }
  } finally {
    await child.stop();
  }
  return { told: peer.read(child.output(), own), cpuMs };
}

type Others = Pick<TruthRow, 'elsewhere' | 'serverWaitedMs'>;

/** What others took between this call and the next one's; the server, this process and the client are no others. */
function watchOthers(serverPid: number): (clientCpuMs: number) => Others {
  const known = (): number => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000 + (processCpuMs(serverPid) ?? 0);
  };
  const waitedMs = (): number => waitedForCoreMs(serverPid) ?? 0;
  const before = { atMs: performance.now(), known: known(), machine: machineCpu(), waitedMs: waitedMs() };
  return (clientCpuMs) => {
    const machine = machineCpu();
    const serverWaitedMs = waitedMs() - before.waitedMs;
    if (machine === null || before.machine === null) return { elsewhere: 0, serverWaitedMs };
    const stolenMs = machine.stealMs - before.machine.stealMs;
    const usedMs = machine.busyMs - before.machine.busyMs - (known() - before.known) - clientCpuMs;
    return { elsewhere: (Math.max(0, usedMs) + stolenMs) / (performance.now() - before.atMs), serverWaitedMs };
  };
}

function othersText({ elsewhere, serverWaitedMs }: Others): string {
  return `the server ${serverWaitedMs.toFixed(0)} ms; others used ${elsewhere.toFixed(2)} cores`;
}

function textOf(
  servers: readonly Known[],
  rows: readonly TruthRow[],
): { readonly table: string; readonly lines: readonly string[] } {
  const parts = servers.map((known) => [
    knownCells(known.name, 'known answer', known.dueMs.length, figuresOf(known.takesMs)),
    ...(known.behaviour.kind === 'queue' ? [knownCells('', 'theory, in the long run', 0, theory(known))] : []),
    ...rows.filter(({ server }) => server === known.name).map(cellsOf),
  ]);
  const right = tableHead.map((_, i) => i).filter((i) => i >= 3);
  const ours = rows.filter(({ isOurs }) => isOurs);
  const missed = ours.flatMap((row) => missedOf(row).map((name) => `${row.server}, ${row.against}, ${name}`));
  const told = new Set(rows.map(({ tool }) => tool));
  return {
    table: aligned([tableHead, ...parts.flat()], right),
    lines: [
      ...servers.map(
        ({ name, sentence, perSecond, durationMs }) =>
          `${name}: ${sentence}; ${perSecond} requests/s for ${durationMs / 1000} s.`,
      ),
      `due: from the moment that a request was due to its answer (ours by the log, the peers' by arithmetic). log: from its arrival to its answer, by the server's log of this very run. Both and the wire's time.`,
      ...peers.filter(({ program }) => told.has(program.name)).map(({ program, why }) => `${program.name}: ${why}`),
      missed.length === 0
        ? `Ours: every quantile of enough requests at most ${100 * goal} % off.`
        : `Ours: more than ${100 * goal} % off: ${missed.join('; ')}.`,
    ],
  };
}

function wireText({ keptMs, newMs }: Wire): string {
  return `${keptMs.toFixed(2)} ms on a connection that stands, ${newMs.toFixed(2)} ms with the first request on a new one`;
}

function theory({ perSecond }: Known): Figures {
  const [p50, p90, p95, p99] = quantileNames.map((name) =>
    queueQuantileMs({ meanMs: queueMeanMs }, perSecond, shares[name]),
  );
  return { p50: p50 ?? null, p90: p90 ?? null, p95: p95 ?? null, p99: p99 ?? null, max: null };
}
