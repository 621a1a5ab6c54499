/**
 * Ports that nobody listens on, on loopback.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/**
 * `count` different ports that were free a moment ago. The kernel hands the same port out again only after a while, so that a server
 * started next will find it free; a server that can should listen on 0 and tell.
 */
export async function freePorts(count: number, host: string = '127.0.0.1'): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  try {
    for (const server of servers) await once(server.listen(0, host), 'listening');
    return servers.map((server) => (server.address() as AddressInfo).port);
  } finally {
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }
}

/** One of them. */
export async function freePort(host?: string): Promise<number> {
  return (await freePorts(1, host))[0] as number;
}
