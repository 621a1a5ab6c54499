/** A server of terminals over WebSockets, for tests: what each does is its path's business (main.ts). */
import { once } from 'node:events';
import type { IncomingHttpHeaders } from 'node:http';
import { fileURLToPath } from 'node:url';
import { startServer, type TestServer } from '../servers/index.ts';

export interface FleetSeen {
  /** WebSockets open now, and opened in all. */
  readonly open: number;
  readonly opened: number;
  /** How long each echo took by the server's own clock. */
  readonly answeredMs: readonly number[];
  /** Of the last upgrade. */
  readonly lastHeaders: IncomingHttpHeaders;
}

export interface Fleet extends TestServer {
  seen(): Promise<FleetSeen>;
}

export async function startFleet(): Promise<Fleet> {
  const main = fileURLToPath(new URL('./main.ts', import.meta.url));
  const server = await startServer({ command: [main], ready: /^listening on (\d+)$/, channel: true });
  const { child } = server.process;
  return {
    ...server,
    async seen() {
      const told = once(child, 'message', { signal: AbortSignal.timeout(30_000) });
      child.send('count');
      return (await told)[0] as FleetSeen;
    },
  };
}
