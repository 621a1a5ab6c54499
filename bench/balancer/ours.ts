/** Our balancer as a process before the trivial servers, with the settings that a system file gets by default. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { balancerEntry } from '@palier/control/balancer';
import type { BalancerCommand, BalancerMessage } from '@palier/protocol';
import { pinned } from '../process/cores.ts';
import type { Standing } from './proxies.ts';

const startTimeoutMs = 10_000;
const stopTimeoutMs = 3000;

const start: BalancerCommand = {
  kind: 'start',
  settings: {
    policy: 'least-outstanding',
    maxBodyBytes: 100 * 1024 * 1024,
    maxHeaderBytes: 32 * 1024,
    maxClientConnections: 10_000,
    responseTimeoutMs: 60_000,
    idleTimeoutMs: 75_000,
  },
  services: [
    {
      name: 'bench',
      listenPort: 0,
      routes: ['/', '/items', '/items/:id'],
      health: {
        path: '/',
        intervalMs: 1000,
        timeoutMs: 2000,
        unhealthyAfter: 3,
        healthyAfter: 1,
        acceptBelow500: false,
      },
    },
  ],
};

/** Resolves when it listens and finds every server healthy. */
export async function startOurBalancer(core: number | null, upstreamPorts: readonly number[]): Promise<Standing> {
  const [program = process.execPath, ...words] = [...pinned(core), process.execPath, '--conditions=palier-source'];
  const child = fork(balancerEntry(), [], {
    execPath: program,
    execArgv: words,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const ended = once(child, 'exit');
  let output = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-2000);
  });
  const trouble = (): string | null => {
    const gone = child.exitCode !== null || child.signalCode !== null;
    return gone ? `The balancer ended by itself: ${output}` : null;
  };
  const stop = async (): Promise<void> => {
    if (trouble() !== null) return;
    const insist = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
    if (child.connected) child.disconnect();
    await ended;
    clearTimeout(insist);
  };
  try {
    const port = await new Promise<number>((resolve, reject) => {
      const healthy = new Set<string>();
      let listening = 0;
      setTimeout(
        () => reject(new Error(`The balancer was not ready after ${startTimeoutMs} ms.`)),
        startTimeoutMs,
      ).unref();
      child.on('error', reject);
      child.on('exit', () => reject(new Error(trouble() ?? 'The balancer ended by itself.')));
      child.on('message', (message: BalancerMessage) => {
        if (message.kind === 'failed') reject(new Error(message.message));
        else if (message.kind === 'listening') {
          listening = message.ports['bench'] ?? 0;
          child.send(replicasAt(upstreamPorts));
        } else if (message.kind === 'health' && message.healthy) healthy.add(message.replica);
        if (listening > 0 && healthy.size === upstreamPorts.length) resolve(listening);
      });
      child.send(start);
    });
    return { port, pid: child.pid as number, trouble, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function replicasAt(ports: readonly number[]): BalancerCommand {
  return {
    kind: 'replicas',
    replicas: ports.map((port, i) => ({
      id: `bench-${i + 1}`,
      service: 'bench',
      host: '127.0.0.1',
      port,
      state: 'active',
    })),
  };
}
