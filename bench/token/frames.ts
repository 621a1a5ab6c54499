/**
 * How a token travels between who asks and the replica: a number, a length, when it was due, the token; and back the number and how long after that
 * the replica knew. Times by the clock that all processes of a machine share.
 */
import type { Socket } from 'node:net';

const headBytes = 16;
const answerBytes = 12;

/** Monotonic milliseconds, the same in all processes of this machine. */
export function sharedMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

export function askFrame(number: number, dueMs: number, token: string): Buffer {
  const frame = Buffer.allocUnsafe(headBytes + token.length);
  frame.writeUInt32LE(number, 0);
  frame.writeUInt32LE(token.length, 4);
  frame.writeDoubleLE(dueMs, 8);
  frame.write(token, headBytes, 'latin1');
  return frame;
}

export function answerFrame(number: number, tookMs: number): Buffer {
  const frame = Buffer.allocUnsafe(answerBytes);
  frame.writeUInt32LE(number, 0);
  frame.writeDoubleLE(tookMs, 4);
  return frame;
}

/** Calls `take` for each token; it is a text of its own, as the header of a request is. */
export function onAsked(socket: Socket, take: (number: number, dueMs: number, token: string) => void): void {
  framed(socket, (bytes) => {
    if (bytes.length < headBytes) return 0;
    const end = headBytes + bytes.readUInt32LE(4);
    if (bytes.length < end) return 0;
    take(bytes.readUInt32LE(0), bytes.readDoubleLE(8), bytes.toString('latin1', headBytes, end));
    return end;
  });
}

export function onAnswered(socket: Socket, take: (number: number, tookMs: number) => void): void {
  framed(socket, (bytes) => {
    if (bytes.length < answerBytes) return 0;
    take(bytes.readUInt32LE(0), bytes.readDoubleLE(4));
    return answerBytes;
  });
}

/** `one` takes a frame from the beginning of what has come, and answers how long it was; 0: there is none yet. */
function framed(socket: Socket, one: (bytes: Buffer) => number): void {
  let rest: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (let taken = one(rest); taken > 0; taken = one(rest)) rest = rest.subarray(taken);
  });
}
