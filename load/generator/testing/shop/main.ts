/**
 * A small shop as a process, for tests: `POST /login` (chunked, after a 103), `/own` for those who logged in, `/me` (the caller's
 * address), `/status/CODE`, `/never`, `POST /upload` (the length of its body). Ends when its standard input does.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const server = createServer((request, response) => {
  const [, first = '', second = ''] = (request.url ?? '').split('/');
  let bytes = 0;
  request.on('data', (chunk: Buffer) => (bytes += chunk.length));
  request.on('end', () => {
    if (first === 'login') {
      response.writeEarlyHints({ link: '</style.css>; rel=preload; as=style' });
      response.write('{"access":');
      setTimeout(() => response.end('{"token":"t-0"}}'), 5);
    } else if (first === 'own')
      response.writeHead(request.headers.authorization === 'Bearer t-0' ? 200 : 401).end('mine');
    else if (first === 'me') response.end(request.socket.remoteAddress);
    else if (first === 'status') response.writeHead(Number(second)).end();
    else if (first === 'upload') response.end(JSON.stringify({ bytes }));
    else if (first !== 'never') response.end('hello');
  });
});
server.listen(0, '127.0.0.1', () => console.log(`listening on ${(server.address() as AddressInfo).port}`));
process.stdin.resume().on('end', () => process.exit(0));
