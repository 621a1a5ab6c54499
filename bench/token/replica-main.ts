/**
 * One replica that validates: in argv who, the file of the stream, the Redis, the times, and how fast (0: as fast as it can). Tells `begin` after
 * its warm-up and `end` with its figures.
 */
import { readFileSync } from 'node:fs';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '@palier/base/clock';
import { silentLog } from '@palier/base/log';
import { seededRandom } from '@palier/base/random';
import { systemTimers } from '@palier/base/timers';
import { openKv } from '@palier/kit/state';
import { createTokens } from '@palier/kit/token';
import { josePeer } from './peer-redis.ts';
import { audience, issuer, keyId, lifeMs, type Stream } from './stream.ts';
import type { Figures, Validator } from './validator.ts';

/** Requests in hand at once, then a turn of the event loop, as a server reads its sockets. */
const lot = 64;
const [who = '', file = '', url = '', warmUpMs = '', measureMs = '', perSecond = ''] = process.argv.slice(2);
const stream = JSON.parse(readFileSync(file, 'utf8')) as Stream;
const bytes = Buffer.from(stream.order, 'base64');
const order = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
const validator = who === 'palier' ? await ours() : await josePeer(url, stream);
let at = 0;

await run(Number(warmUpMs));
process.stdout.write('begin\n');
process.stdout.write(`end ${JSON.stringify(await run(Number(measureMs)))}\n`);
process.exit(0);

async function run(forMs: number): Promise<Figures> {
  const [startMs, startCpu] = [performance.now(), process.cpuUsage()];
  const latenciesMs: number[] = [];
  const validations = await (Number(perSecond) === 0 ? saturated(forMs) : paced(forMs, Number(perSecond), latenciesMs));
  const cpu = process.cpuUsage(startCpu);
  latenciesMs.sort((a, b) => a - b);
  const quantile = (q: number): number => latenciesMs[Math.floor(q * latenciesMs.length)] ?? 0;
  return {
    validations,
    seconds: (performance.now() - startMs) / 1000,
    cpuMs: (cpu.user + cpu.system) / 1000,
    p50Ms: quantile(0.5),
    p99Ms: quantile(0.99),
  };
}

async function saturated(forMs: number): Promise<number> {
  const endMs = performance.now() + forMs;
  let count = 0;
  while (performance.now() < endMs) {
    await Promise.all(Array.from({ length: lot }, () => one()));
    count += lot;
    if (at + lot >= order.length) await renew();
    await turn();
  }
  return count;
}

/** Evenly spaced; who is late is sent at once and counted from when he was due. */
async function paced(forMs: number, rate: number, latenciesMs: number[]): Promise<number> {
  const startMs = performance.now();
  const under = new Set<Promise<void>>();
  const timed = async (intendedMs: number): Promise<void> => {
    await one();
    latenciesMs.push(performance.now() - intendedMs);
  };
  let sent = 0;
  while (performance.now() - startMs < forMs) {
    const due = Math.floor(((performance.now() - startMs) / 1000) * rate);
    for (; sent < due; sent++) {
      const intendedMs = startMs + ((sent + 1) / rate) * 1000;
      if (at + 1 >= order.length) await renew();
      const done = timed(intendedMs);
      under.add(done);
      void done.finally(() => under.delete(done));
    }
    await sleep(1);
  }
  await Promise.all(under);
  return sent;
}

async function one(): Promise<void> {
  const user = await validator.validate(stream.tokens[order[at++] as number] as string);
  if (!user.startsWith('user ')) throw new Error(`a token of ${user}`);
}

async function renew(): Promise<void> {
  at = 0;
  await validator.renew();
}

async function ours(): Promise<Validator> {
  const around = { clock: systemClock(), timers: systemTimers(), random: seededRandom(1), log: silentLog };
  const kv = await openKv(url, around);
  const secrets = {
    accessKeys: [{ kid: keyId, algorithm: stream.algorithm, jwk: stream.jwk }],
    refreshSecrets: [{ id: '1', secret: 'x'.repeat(32) }],
  };
  // Nobody is turned away here: what is too much shows as lateness.
  const limits = { issuer, audience, accessLifeMs: lifeMs, maxVerifying: 100_000 };
  const tokens = createTokens(kv, secrets, around, limits);
  return {
    validate: async (token) => (await tokens.validate(token)).user,
    // What was verified is forgotten; the copies of what is revoked are of users, not of tokens, and stay.
    renew: () => Promise.resolve(tokens.replaceKeys(secrets.accessKeys)),
  };
}
