/**
 * Who asks a replica at a rate, however slow it answers (open model): in argv the file of the stream, the replica's socket, `frames` or `http`, the
 * times, the rate.
 * Tells `begin` after its warm-up and `end` with its figures. A process of its own, on the other core: whoever is measured does not hold the watch.
 */
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { setPriority } from 'node:os';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '@palier/base/random';
import { askFrame, onAnswered, sharedMs } from './frames.ts';
import { askRequest, connections, onHttpAnswered } from './http-wire.ts';
import type { Stream } from './stream.ts';
import type { PacedFigures } from './validator.ts';

const [file = '', path = '', how = '', warmUpMs = '', measureMs = '', perSecond = ''] = process.argv.slice(2);
const { tokens } = JSON.parse(readFileSync(file, 'utf8')) as Stream;
const patienceMs = 5000;
/** What is due meanwhile goes out as one write; answers that come meanwhile wait for it. */
const napMs = 0.5;
const pillow = new Int32Array(new SharedArrayBuffer(4));
raise();
const isHttp = how === 'http';
const sockets = Array.from({ length: isHttp ? connections : 1 }, () => connect(path));
/** When each was due, and by how much it was late or has been answered: by number. */
const dueMs = new Float64Array(tokens.length);
const lateMs = new Float64Array(tokens.length);
const tookMs = new Float64Array(tokens.length).fill(Number.POSITIVE_INFINITY);
/** Until the answer was back here. */
const backMs = new Float64Array(tokens.length).fill(Number.POSITIVE_INFINITY);
let sent = 0;
let answered = 0;
const hear = (number: number, took: number): void => {
  tookMs[number] = took;
  backMs[number] = sharedMs() - (dueMs[number] as number);
  answered++;
};
for (const socket of sockets) (isHttp ? onHttpAnswered : onAnswered)(socket, hear);

const random = seededRandom(11);
const meanMs = 1000 / Number(perSecond);
const gapMs = (): number => -Math.log(1 - random.next()) * meanMs;
let nextMs = sharedMs() + gapMs();
await askUntil(sharedMs() + Number(warmUpMs));
process.stdout.write('begin\n');
const [first, startMs] = [sent, sharedMs()];
await askUntil(startMs + Number(measureMs));
const [last, seconds] = [sent, (sharedMs() - startMs) / 1000];
const giveUpMs = sharedMs() + patienceMs;
const isDone = (): boolean => answered === sent;
while (!isDone() && sharedMs() < giveUpMs) await sleep(5);
const figures: PacedFigures = {
  validations: last - first,
  seconds,
  p50Ms: quantile(tookMs, 0.5),
  p99Ms: quantile(tookMs, 0.99),
  backP99Ms: quantile(backMs, 0.99),
  lateP99Ms: quantile(lateMs, 0.99),
};
process.stdout.write(`end ${JSON.stringify(figures)}\n`);
process.exit(0);

/** Whoever holds the watch comes first, where that is permitted (docs/decisions/0002). */
function raise(): void {
  try {
    setPriority(-15);
  } catch {
    // The table says how late the asking was.
  }
}

/** Poisson arrivals; who is late is sent at once and counted from when he was due. */
async function askUntil(endMs: number): Promise<void> {
  for (let nowMs = sharedMs(); nowMs < endMs; nowMs = sharedMs()) {
    for (const socket of sockets) socket.cork();
    for (; nextMs <= nowMs; nextMs += gapMs()) ask(nextMs);
    for (const socket of sockets) socket.uncork();
    // A timer is late by up to two milliseconds; a nap of the whole thread by some fifty microseconds.
    Atomics.wait(pillow, 0, 0, napMs);
    await turn();
  }
}

function ask(intendedMs: number): void {
  const token = tokens[sent];
  if (token === undefined) throw new Error('The stream has too few tokens.');
  dueMs[sent] = intendedMs;
  lateMs[sent] = sharedMs() - intendedMs;
  const socket = sockets[sent % sockets.length] as Socket;
  socket.write((isHttp ? askRequest : askFrame)(sent, intendedMs, token));
  sent++;
}

/** Of those that were measured. Never answered is infinitely late: null in JSON. */
function quantile(times: Float64Array, q: number): number {
  const sorted = times.slice(first, last).sort();
  return sorted[Math.floor(q * sorted.length)] ?? 0;
}
