/**
 * A service of node:http that lacks one thing: `PLANT` says which, `AMOUNT` how badly. What it lacks is real: it waits for locks,
 * burns its processor, fills its heap; nothing tells the naming code.
 */
import { pbkdf2Sync } from 'node:crypto';
import { open } from 'node:fs/promises';
import { createServer, request, Agent } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '@palier/base/clock';
import { createMeters, expositionType, meterProcess } from '@palier/kit/meter';

const plant = process.env['PLANT'] ?? 'none';
const amount = Number(process.env['AMOUNT'] ?? 10);
const clock = systemClock();
const meters = createMeters();
meterProcess(meters, clock);

/** Some may enter; the others wait in line. */
class Gate {
  readonly line: (() => void)[] = [];
  inside = 0;
  readonly size: number;
  constructor(size: number) {
    this.size = size;
  }
  async pass<T>(work: () => Promise<T>): Promise<T> {
    if (this.inside >= this.size) await new Promise<void>((enter) => this.line.push(enter));
    else this.inside++;
    try {
      return await work();
    } finally {
      const next = this.line.shift();
      if (next === undefined) this.inside--;
      else next();
    }
  }
}

/** Of processor time, not of the clock's: who is held back has not done it yet. */
function burn(ms: number): void {
  const start = process.cpuUsage();
  for (let usedMs = 0; usedMs < ms; ) {
    const { user, system } = process.cpuUsage(start);
    usedMs = (user + system) / 1000;
  }
}

function gated(size: number): () => Promise<unknown> {
  const gate = new Gate(size);
  return () => gate.pass(() => sleep(amount));
}

function pooled(size: number): () => Promise<unknown> {
  const gate = new Gate(size);
  meters.read('gauge', 'palier_pool_in_use', 'Taken.', () => gate.inside);
  meters.read('gauge', 'palier_pool_size', 'There.', () => gate.size);
  meters.read('gauge', 'palier_pool_waiting', 'Waited for.', () => gate.line.length);
  return () => gate.pass(() => sleep(amount));
}

function queued(): () => Promise<unknown> {
  const jobs: { readonly sinceMs: number; readonly done: () => void }[] = [];
  meters.read('gauge', 'palier_queue_depth', 'Jobs that wait.', () => jobs.length);
  const age = (): number => (jobs[0] === undefined ? 0 : (performance.now() - jobs[0].sinceMs) / 1000);
  meters.read('gauge', 'palier_queue_age_seconds', 'For how long the oldest has waited.', age);
  const consume = async (): Promise<never> => {
    for (;;) {
      await sleep(amount);
      jobs.shift()?.done();
    }
  };
  void consume();
  return () => new Promise<void>((done) => void jobs.push({ sinceMs: performance.now(), done }));
}

/** A long-lived heap, and a share of it renewed with every request, so that the collector walks all of it again and again. */
function hoarding(): () => Promise<unknown> {
  const make = (count: number): object[] =>
    Array.from({ length: count }, (_, i) => ({ i, text: [i, i + 1], more: { i } }));
  const kept = Array.from({ length: amount }, () => make(10_000));
  let at = 0;
  return async () => {
    for (let i = 0; i < 4; i++) kept[at++ % kept.length] = make(10_000);
  };
}

function calling(): () => Promise<unknown> {
  const agent = new Agent({ keepAlive: true });
  return () =>
    new Promise((resolve, reject) => {
      request(process.env['BEHIND'] ?? '', { agent }, (answer) =>
        answer.resume().on('end', resolve).on('error', reject),
      )
        .on('error', reject)
        .end();
    });
}

function writing(): () => Promise<unknown> {
  const block = Buffer.alloc(4096, 1);
  let at = 0;
  return async () => {
    const file = await open(join(process.env['FOLDER'] ?? '.', `shop-${at++ % 16}`), 'w');
    try {
      for (let i = 0; i < amount; i++) {
        await file.write(block);
        await file.datasync();
      }
    } finally {
      await file.close();
    }
  };
}

/** Seconds' tokens; false: none left. */
function tokens(): () => boolean {
  let [left, second] = [amount, 0];
  return () => {
    const now = Math.floor(performance.now() / 1000);
    if (now !== second) [left, second] = [amount, now];
    return left-- > 0;
  };
}

const works: Readonly<Record<string, () => () => Promise<unknown>>> = {
  none: () => () => sleep(amount),
  cpu: () => async () => burn(amount),
  crypto: () => async () => pbkdf2Sync('password', 'salt', amount * 2000, 32, 'sha256'),
  pool: () => pooled(5),
  lock: () => gated(1),
  few: () => gated(3),
  slots: () => gated(4),
  disk: writing,
  memory: hoarding,
  downstream: calling,
  close: () => async () => {},
  queue: queued,
  limiter: () => () => sleep(5),
};
const work = (works[plant] ?? (() => () => sleep(amount)))();
const mayPass = plant === 'limiter' ? tokens() : () => true;

const server = createServer(async (req, res) => {
  if (req.url === '/metrics') return void res.setHeader('content-type', expositionType).end(meters.text());
  if (req.url === '/health') return void res.end('ok');
  if (plant === 'close') res.setHeader('connection', 'close');
  if (!mayPass()) return void res.writeHead(429).end('too many requests');
  await work();
  res.end('{"ok":true}');
});
server.listen({ port: Number(process.env['PORT']), host: '127.0.0.1', backlog: 1024 });
process.on('SIGTERM', () => process.exit(0));
