/**
 * The same over HTTP/1.1, as a service is asked: the token in a header, a few dozen connections that stay open. Who asks writes and reads the few
 * lines itself, so that its core bears the rate; the replica has node:http.
 */
import { createServer, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { sharedMs } from './frames.ts';

/** A request goes to the next one, whether that has answered or not. */
export const connections = 32;
const bodyChars = 40;
const headEnd = '\r\n\r\n';

export function askRequest(number: number, dueMs: number, token: string): string {
  return `GET /${number} HTTP/1.1\r\nHost: a\r\nDue: ${dueMs}\r\nAuthorization: Bearer ${token}${headEnd}`;
}

/** `validate` for each request; whoever fails is not answered, and so infinitely late. */
export function httpServer(validate: (token: string) => Promise<unknown>, failed: (error: Error) => void): Server {
  return createServer((request, response) => {
    const token = (request.headers.authorization ?? '').slice('Bearer '.length);
    validate(token).then(() => {
      const tookMs = sharedMs() - Number(request.headers['due']);
      response.end(`${(request.url ?? '').slice(1)} ${tookMs}`.padEnd(bodyChars));
    }, failed);
  });
}

export function onHttpAnswered(socket: Socket, take: (number: number, tookMs: number) => void): void {
  let rest = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    rest += chunk;
    for (;;) {
      const from = rest.indexOf(headEnd) + headEnd.length;
      if (from < headEnd.length || rest.length < from + bodyChars) return;
      const [number, tookMs] = rest.slice(from, from + bodyChars).split(' ');
      take(Number(number), Number(tookMs));
      rest = rest.slice(from + bodyChars);
    }
  });
}
