/**
 * Ports for a test's servers, on loopback: nobody listens there, no outgoing connection takes one, and no two test processes get the same.
 */
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * Below the range from which systems draw the local ports of outgoing connections (Linux from 32768): a server that is killed and started
 * again finds its port free, and whoever knocks meanwhile never gets through to itself. With 10 000 added, where a node of a Redis Cluster
 * listens too, they are below it still. Palier's own replicas are looked for elsewhere (control/driver).
 */
const firstPort = 10_000;
const endPort = 15_000;
const busOffset = 10_000;
const maxTries = 500;

/** `count` different ports, this process's own until it ends. */
export async function freePorts(count: number, host: string = '127.0.0.1'): Promise<number[]> {
  const found: number[] = [];
  for (let tries = 0; found.length < count; tries++) {
    if (tries === maxTries) throw new Error(`no free port from ${firstPort} to ${endPort - 1} in ${maxTries} tries`);
    const port = randomInt(firstPort, endPort);
    if (
      (await canListen({ host, port })) &&
      (await canListen({ host, port: port + busOffset })) &&
      (await reserve(port))
    )
      found.push(port);
  }
  return found;
}

/** One of them. */
export async function freePort(host?: string): Promise<number> {
  return (await freePorts(1, host))[0] as number;
}

function canListen(address: { readonly host: string; readonly port: number }): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ ...address, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/**
 * A name of which a machine has one (Linux's abstract sockets, unix(7)); it is given back when this process ends, however. Without such
 * names another process may be given the same port, once in some thousand times.
 */
function reserve(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'EADDRINUSE'));
    server.listen({ path: `\0palier-test-port-${port}`, exclusive: true }, () => {
      server.unref();
      resolve(true);
    });
  });
}
