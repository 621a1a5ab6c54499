/**
 * A server of terminals as a process, for tests; each WebSocket has a path that says how it behaves:
 * `/echo` welcomes, then sends back what it is sent, after `?ms=`; `/mute` is open and silent; `/leave` closes 200 ms after the opening;
 * `/flood` sends 2000 messages at once; `/large?bytes=` welcomes with a message of that size, in fragments; `/cut` breaks off.
 * Of subprotocols it takes `fleet.v1`. An upgrade elsewhere is refused with 401; `/stall` is never answered. On `count` over the channel it tells how many are open, how many
 * were opened in all, the longest time that it took to answer, and the headers of the last upgrade. Ends when its standard input does.
 */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

const sockets = new WebSocketServer({
  noServer: true,
  perMessageDeflate: false,
  handleProtocols: (asked) => (asked.has('fleet.v1') ? 'fleet.v1' : false),
});
let opened = 0;
let lastHeaders: IncomingHttpHeaders = {};
const answeredMs: number[] = [];

const server = createServer((_, response) => response.end('hello'));
server.on('upgrade', (request, socket, head) => {
  lastHeaders = request.headers;
  const url = new URL(request.url ?? '/', 'http://fleet');
  if (url.pathname === '/stall') return;
  const behave = behaviours[url.pathname];
  if (behave === undefined) {
    socket.end('HTTP/1.1 401 Unauthorized\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
    return;
  }
  sockets.handleUpgrade(request, socket, head, (client) => {
    opened++;
    client.on('error', () => {});
    behave(client, url.searchParams);
  });
});

const behaviours: Readonly<Record<string, (client: WebSocket, query: URLSearchParams) => void>> = {
  '/echo': (client, query) => {
    const ms = Number(query.get('ms') ?? 0);
    client.send(JSON.stringify({ type: 'welcome', serial: query.get('serial') }));
    client.on('message', (content) => {
      const cameMs = performance.now();
      setTimeout(() => {
        client.send(content.toString());
        answeredMs.push(performance.now() - cameMs);
      }, ms);
    });
  },
  '/mute': () => {},
  '/leave': (client) => void setTimeout(() => client.close(1012, 'restarting'), 200),
  '/cut': (client) => void setTimeout(() => client.terminate(), 100),
  '/flood': (client) => {
    for (let i = 0; i < 2000; i++) client.send(JSON.stringify({ number: i }));
  },
  '/large': (client, query) => {
    const text = JSON.stringify({ type: 'large', filler: 'x'.repeat(Number(query.get('bytes'))) });
    const half = text.length >> 1;
    client.send(text.slice(0, half), { fin: false });
    client.send(text.slice(half), { fin: true });
  },
};

process.on('message', () => {
  process.send?.({ open: sockets.clients.size, opened, answeredMs, lastHeaders });
});
server.listen(0, '127.0.0.1', () => console.log(`listening on ${(server.address() as AddressInfo).port}`));
process.stdin.resume().on('end', () => process.exit(0));
