/** Free loopback ports. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';

/** Ports that nobody listened on a moment ago, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** Resolves when the port accepts connections; throws after `timeoutMs`, or as soon as `gone` says that nobody will listen. */
export async function untilListening(port: number, gone: () => string | null, timeoutMs = 5000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (open) return;
    const why = gone();
    if (why !== null) throw new Error(why);
    if (performance.now() > deadline) throw new Error(`Nobody listens on port ${port} after ${timeoutMs} ms.`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
