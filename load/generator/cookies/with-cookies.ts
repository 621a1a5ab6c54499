/** Puts a user's cookies into a request that was made without regard to who sends it. */
import type { Request } from '../client/request.ts';

const space = 0x20;
const lineFeed = 0x0a;

/** The path that it asks for, without its query. */
export function pathOf({ bytes }: Request): string {
  let target: string;
  if (typeof bytes === 'string') {
    const start = bytes.indexOf(' ') + 1;
    target = bytes.slice(start, bytes.indexOf(' ', start));
  } else {
    const start = bytes.indexOf(space) + 1;
    target = Buffer.from(bytes.subarray(start, bytes.indexOf(space, start))).toString('latin1');
  }
  const query = target.indexOf('?');
  return query < 0 ? target : target.slice(0, query);
}

/** Behind its first line. `cookies`: the value of the header, ASCII. */
export function withCookies(request: Request, cookies: string): Request {
  const { bytes, traceAt, rest, length, isHead, idempotent, keepBody, keepHeaders } = request;
  const line = `cookie: ${cookies}\r\n`;
  let all: string | Buffer;
  if (typeof bytes === 'string') {
    const at = bytes.indexOf('\n') + 1;
    all = `${bytes.slice(0, at)}${line}${bytes.slice(at)}`;
  } else {
    const at = bytes.indexOf(lineFeed) + 1;
    all = Buffer.allocUnsafe(bytes.length + line.length);
    all.set(bytes.subarray(0, at));
    all.write(line, at, 'latin1');
    all.set(bytes.subarray(at), at + line.length);
  }
  return {
    bytes: all,
    traceAt: traceAt < 0 ? -1 : traceAt + line.length,
    rest,
    length: length + line.length,
    isHead,
    idempotent,
    keepBody,
    keepHeaders,
  };
}
