/** A small real service: three routes that compute a little and wait a little; the port and how much slower it is in argv. */
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';

const [port = 0, slower = 1] = process.argv.slice(2).map(Number);
const page = Buffer.alloc(4096, 'palier');
const kinds: Readonly<Record<string, { readonly hashes: number; readonly waitMs: number }>> = {
  '/list': { hashes: 20, waitMs: 12 },
  '/stats': { hashes: 60, waitMs: 20 },
  '/upload': { hashes: 120, waitMs: 45 },
};

createServer((request, response) => {
  const kind = kinds[request.url ?? ''];
  if (kind === undefined) return void response.writeHead(404).end();
  const hash = createHash('sha256');
  for (let i = 0; i < kind.hashes * slower; i++) hash.update(page);
  // As a database's answer: most come soon, a few take several times as long.
  const waitMs = kind.waitMs * slower * (0.4 - 0.6 * Math.log(1 - Math.random()));
  setTimeout(() => response.writeHead(200, { 'content-type': 'text/plain' }).end(hash.digest('hex')), waitMs);
}).listen(port, '127.0.0.1');
