/** Starts what a run sends its requests to: a proxy before the servers, or nothing but a server. */
import type { Setting } from '../bench.ts';
import { startChild } from '../process/child.ts';
import { temporaryFolder } from '../process/ending.ts';
import { palier } from '../process/ours.ts';
import { freePorts, untilListening } from '../process/port.ts';
import type { TrivialServer } from '../process/trivial-server.ts';
import { startOurBalancer } from './ours.ts';
import { type PeerProxy, peerProxies, type Standing } from './proxies.ts';

export async function standUp(contestant: string, setting: Setting, server: TrivialServer): Promise<Standing> {
  if (contestant === palier.name) return startOurBalancer(setting.cores.server, server.ports);
  const peer = peerProxies.find((one) => one.name === contestant);
  if (peer !== undefined) return startPeer(peer, setting, server);
  return { port: server.ports[0] as number, pid: null, trouble: () => null, stop: async () => {} };
}

async function startPeer(peer: PeerProxy, setting: Setting, server: TrivialServer): Promise<Standing> {
  const [port = 0] = await freePorts(1);
  const folder = temporaryFolder();
  const child = await startChild(peer.name, setting.cores.server, peer.command(folder.path, port, server.ports));
  const trouble = (): string | null => (child.ended() ? `${peer.name} ended by itself: ${child.output()}` : null);
  const stop = async (): Promise<void> => {
    await child.stop();
    folder.remove();
  };
  try {
    await untilListening(port, trouble);
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, pid: child.pid, trouble, stop };
}
