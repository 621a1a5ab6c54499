/**
 * One replica that validates: in argv who, the file of the stream, the Redis; then the times, when it is to validate as fast as it can and tells
 * `begin` after its warm-up and `end` with its figures; or `frames` or `http` and a socket, when it is asked there.
 */
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { systemSurroundings } from '@palier/base/surroundings';
import { openKv } from '@palier/kit/state';
import { createTokens } from '@palier/kit/token';
import { answerFrame, onAsked, sharedMs } from './frames.ts';
import { httpServer } from './http-wire.ts';
import { josePeer } from './peer-redis.ts';
import { audience, issuer, keyId, lifeMs, type Stream } from './stream.ts';
import type { Figures, Validator } from './validator.ts';

/** Requests in hand at once, then a turn of the event loop, as a server reads its sockets. */
const lot = 64;
const [who = '', file = '', url = '', how = '', last = ''] = process.argv.slice(2);
const isAsked = how === 'frames' || how === 'http';
const stream = readStream();
const validator = who === 'palier' ? await ours() : await josePeer(url, stream);
if (isAsked) answerAt(last);
else {
  const bytes = Buffer.from(stream.order, 'base64');
  const order = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  const tokens = stream.tokens.map((token) => Buffer.from(token, 'latin1'));
  let at = 0;
  const next = (): string => (tokens[order[at++] as number] as Buffer).toString('latin1');
  const renew = async (): Promise<void> => {
    if (at + lot < order.length) return;
    at = 0;
    await validator.renew();
  };
  await saturated(Number(how), next, renew);
  process.stdout.write('begin\n');
  process.stdout.write(`end ${JSON.stringify(await saturated(Number(last), next, renew))}\n`);
  process.exit(0);
}

/** Who is asked knows no token before: seventy thousand of them would only be more for the collector of garbage to look at. */
function readStream(): Stream {
  const read = JSON.parse(readFileSync(file, 'utf8')) as Stream;
  return isAsked ? { ...read, tokens: [], order: '' } : read;
}

/** Each request brings a text of its own, as the header of a request is. */
async function saturated(forMs: number, next: () => string, renew: () => Promise<void>): Promise<Figures> {
  const [startMs, startCpu] = [performance.now(), process.cpuUsage()];
  let validations = 0;
  while (performance.now() - startMs < forMs) {
    const users = await Promise.all(Array.from({ length: lot }, () => validator.validate(next())));
    for (const user of users) if (!user.startsWith('user ')) throw new Error(`a token of ${user}`);
    validations += lot;
    await renew();
    await turn();
  }
  const cpu = process.cpuUsage(startCpu);
  return { validations, seconds: (performance.now() - startMs) / 1000, cpuMs: (cpu.user + cpu.system) / 1000 };
}

function answerAt(path: string): void {
  let failures = 0;
  const failed = (error: Error): void => {
    if (++failures === 1) console.error(error);
  };
  const server = how === 'http' ? httpServer((token) => validator.validate(token), failed) : frameServer(failed);
  server.listen(path, () => process.stdout.write('listening\n'));
}

function frameServer(failed: (error: Error) => void): Server {
  return createServer((socket) => {
    onAsked(socket, (number, dueMs, token) => {
      // Whoever fails is not answered, and so infinitely late.
      validator.validate(token).then(() => {
        const tookMs = sharedMs() - dueMs;
        // What is answered in one turn goes out as one write.
        if (socket.writableCorked === 0) {
          socket.cork();
          setImmediate(() => socket.uncork());
        }
        socket.write(answerFrame(number, tookMs));
      }, failed);
    });
  });
}

async function ours(): Promise<Validator> {
  const around = systemSurroundings();
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
