/**
 * The process of a known-answer server: `node main.ts BEHAVIOUR` (JSON). Writes `listening on PORT`, answers the message `truth` with its
 * log, begins anew at the message `forget`, and ends when its standard input does, so that it never outlives who started it.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createSocketServer, type Server } from 'node:net';
import { type Behaviour, malformed, type ServedRequest } from './behaviour.ts';
import { queueOf } from './queue.ts';

/** Requests that the log keeps; `overflow` counts the others. */
const maxLog = 200_000;
/** Timers of Node are up to a millisecond late or early: so much of a delay is waited for turn by turn of the event loop. */
const exactMs = 2;

const behaviour = JSON.parse(process.argv[2] ?? '{"kind":"fast"}') as Behaviour;
let log: ServedRequest[] = [];
let overflow = 0;
let count = 0;
let originMs: number | undefined;
let queue = queueHere();
const known = new WeakSet<object>();

/** As if no request had ever come; those in hand are answered, and logged, as they would have been. */
function forget(): void {
  log = [];
  overflow = 0;
  count = 0;
  originMs = undefined;
  queue = queueHere();
}

function queueHere(): (arrivedMs: number) => number {
  return behaviour.kind === 'queue' ? queueOf(behaviour) : (arrivedMs) => arrivedMs;
}

function nowMs(): number {
  originMs ??= performance.now();
  return performance.now() - originMs;
}

/** Never early; late only as far as the event loop is. */
function at(dueMs: number, run: () => void): void {
  const leftMs = dueMs - nowMs();
  if (leftMs <= 0) run();
  else if (leftMs > exactMs) setTimeout(() => at(dueMs, run), leftMs - exactMs);
  else setImmediate(() => at(dueMs, run));
}

function serve(request: IncomingMessage, response: ServerResponse): void {
  const arrivedMs = nowMs();
  const number = ++count;
  const opened = !known.has(request.socket);
  known.add(request.socket);
  const finish = (outcome: ServedRequest['outcome']): void => {
    const entry = {
      method: request.method ?? '',
      path: request.url ?? '',
      arrivedMs,
      answeredMs: nowMs(),
      outcome,
      opened,
    };
    if (log.length < maxLog) log.push(entry);
    else overflow++;
  };
  const answer = (body = 'ok'): void => {
    finish('answered');
    response.writeHead(200, { 'content-type': 'text/plain', 'content-length': body.length }).end(body);
  };
  request.resume();
  request.once('end', () => behave(number, arrivedMs, response, answer, finish));
}

function behave(
  number: number,
  arrivedMs: number,
  response: ServerResponse,
  answer: (body?: string) => void,
  finish: (outcome: ServedRequest['outcome']) => void,
): void {
  const socket = response.socket;
  switch (behaviour.kind) {
    case 'fast':
      return answer();
    case 'constant':
      return at(arrivedMs + behaviour.ms, answer);
    case 'two-modes':
      return at(arrivedMs + (number % behaviour.slowEvery === 0 ? behaviour.slowMs : behaviour.fastMs), answer);
    case 'stall': {
      const endMs = behaviour.afterMs + behaviour.stallMs;
      const dueMs = arrivedMs + behaviour.ms;
      return at(dueMs >= behaviour.afterMs && dueMs < endMs ? endMs : dueMs, answer);
    }
    case 'queue':
      return at(queue(arrivedMs), answer);
    case 'closing': {
      const { every, how, ms = 0 } = behaviour;
      if (number % every !== 0) return at(arrivedMs + ms, answer);
      return at(arrivedMs + ms, () => hangUp(how, response, answer, finish));
    }
    case 'malformed':
      if (number % behaviour.every !== 0) return answer();
      finish('malformed');
      return void socket?.end(malformed[behaviour.what]);
    case 'trickle':
      return trickle(response, behaviour.parts, behaviour.gapMs, finish);
  }
}

function hangUp(
  how: 'before' | 'within' | 'after',
  response: ServerResponse,
  answer: () => void,
  finish: (outcome: ServedRequest['outcome']) => void,
): void {
  const socket = response.socket;
  if (how === 'after') {
    answer();
    response.once('finish', () => socket?.destroySoon());
    return;
  }
  finish('closed');
  if (how === 'before') socket?.destroy();
  else socket?.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nonly a part');
}

function trickle(
  response: ServerResponse,
  parts: number,
  gapMs: number,
  finish: (outcome: ServedRequest['outcome']) => void,
): void {
  response.writeHead(200, { 'content-type': 'text/plain', 'content-length': parts }).flushHeaders();
  const startMs = nowMs();
  const next = (part: number): void => {
    if (part < parts) response.write('.');
    else {
      finish('answered');
      response.end('.');
      return;
    }
    at(startMs + part * gapMs, () => next(part + 1));
  };
  next(1);
}

/** Counts the ends of heads: requests must have no body. */
function fastServer(): Server {
  const answer = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';
  const mark = '\r\n\r\n';
  return createSocketServer({ noDelay: true }, (socket) => {
    let rest = '';
    socket.on('data', (chunk) => {
      const parts = (rest + chunk.toString('latin1')).split(mark);
      rest = parts.pop() as string;
      if (parts.length > 0) socket.write(answer.repeat(parts.length));
    });
    socket.on('error', () => socket.destroy());
  });
}

const server = behaviour.kind === 'fast' ? fastServer() : createServer({ keepAliveTimeout: 600_000 }, serve);
server.listen(0, '127.0.0.1', 4096, () => console.log(`listening on ${(server.address() as AddressInfo).port}`));
process.on('message', (word) => {
  if (word === 'forget') forget();
  process.send?.({ log, overflow });
});
process.stdin.resume().on('end', () => process.exit(0));
