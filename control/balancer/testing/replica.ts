/** A replica for tests: an ordinary Node server whose behaviour the path chooses. Prints `listening on PORT`. */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';

const server = http.createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://replica');
  let bytes = 0;
  request.on('data', (chunk: Buffer) => (bytes += chunk.length));
  request.on('end', () => {
    if (url.pathname === '/never') return;
    const waitMs = Number(url.searchParams.get('ms') ?? 0);
    const answer = (): void => answerFor(url, request, response, bytes);
    if (waitMs === 0) answer();
    else setTimeout(answer, waitMs);
  });
  response.on('close', () => {
    if (!response.writableEnded) process.stdout.write(`aborted ${url.pathname}\n`);
  });
});

function answerFor(url: URL, request: http.IncomingMessage, response: http.ServerResponse, bytes: number): void {
  switch (url.pathname) {
    case '/chunks':
      for (let part = 0; part < 5; part++) response.write(`part ${part};`);
      response.end();
      break;
    case '/big':
      response.setHeader('content-length', Number(url.searchParams.get('bytes')));
      response.end(Buffer.alloc(Number(url.searchParams.get('bytes')), 'x'));
      break;
    case '/stream':
      Readable.from(megabytes(Number(url.searchParams.get('mb')))).pipe(response);
      break;
    case '/half':
      response.writeHead(200, { 'content-length': 100 });
      response.write('half', () => request.socket.destroy());
      break;
    case '/early':
      response.writeHead(204, { link: '</a>' });
      response.end();
      break;
    case '/broken':
      response.writeHead(500);
      response.end('broken');
      break;
    default:
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify({ method: request.method, url: request.url, headers: request.headers, bytes, pid: process.pid }),
      );
  }
}

function* megabytes(count: number): Generator<Buffer> {
  for (let i = 0; i < count; i++) yield Buffer.alloc(1_000_000, 'm');
}

server.listen(0, '127.0.0.1', () => process.stdout.write(`listening on ${(server.address() as AddressInfo).port}\n`));
