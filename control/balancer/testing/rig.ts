/** A balancer for tests, in this process or in its own, with the messages that it sent. */
import http from 'node:http';
import net, { type AddressInfo, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { systemClock } from '@palier/base/clock';
import { seededRandom } from '@palier/base/random';
import { systemTimers } from '@palier/base/timers';
import type {
  BalancerCommand,
  BalancerMessage,
  BalancerReplica,
  BalancerService,
  BalancerSettings,
} from '@palier/protocol';
import { startProcess, type TestProcess } from '@palier/testkit/processes';
import { until } from '@palier/testkit/until';
import { Balancer } from '../balancer.ts';
import { balancerEntry } from '../index.ts';
import type { BalancerOptions } from '../options.ts';

export interface Rig extends AsyncDisposable {
  readonly port: number;
  readonly messages: readonly BalancerMessage[];
  send(command: BalancerCommand): void;
  /** The first message of that kind that fits, from now or before. */
  message<Kind extends BalancerMessage['kind']>(
    kind: Kind,
    fits?: (message: Extract<BalancerMessage, { kind: Kind }>) => boolean,
  ): Promise<Extract<BalancerMessage, { kind: Kind }>>;
  /** The balancer's process, when it has one. */
  readonly process: TestProcess | undefined;
}

export const testService: BalancerService = {
  name: 'api',
  listenPort: 0,
  routes: ['GET /echo', 'POST /echo', 'GET /items/:id'],
  health: {
    path: '/health',
    intervalMs: 100,
    timeoutMs: 1000,
    unhealthyAfter: 2,
    healthyAfter: 1,
    acceptBelow500: true,
  },
};

export const defaultSettings: BalancerSettings = {
  policy: 'least-outstanding',
  maxBodyBytes: 1_000_000,
  maxHeaderBytes: 8192,
  maxClientConnections: 10_000,
  responseTimeoutMs: 5000,
  idleTimeoutMs: 10_000,
};

export async function startReplica(): Promise<TestProcess & { readonly port: number }> {
  const file = fileURLToPath(new URL('./replica.ts', import.meta.url));
  const child = await startProcess({ command: [file], ready: /listening on (\d+)/ });
  return Object.assign(child, { port: Number(child.ready[1]) });
}

/** A replica that answers each connection's first octets with `answer`, health checks excepted. */
export async function rawReplica(
  answer: (socket: Socket, request: string) => void,
): Promise<AsyncDisposable & { readonly port: number }> {
  const sockets = new Set<Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      const text = chunk.toString('latin1');
      if (text.startsWith('GET /health '))
        socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
      else answer(socket, text);
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((done) => server.close(done));
    },
  };
}

export function replicaAt(port: number, id = 'api-1', state: BalancerReplica['state'] = 'active'): BalancerReplica {
  return { id, service: 'api', host: '127.0.0.1', port, state };
}

/** In this process, so that every limit can be set; its replicas healthy when it resolves. */
export async function startRig(ports: readonly number[], options: Partial<BalancerOptions> = {}): Promise<Rig> {
  const messages: BalancerMessage[] = [];
  let finished = false;
  const balancer = new Balancer({
    clock: systemClock(),
    timers: systemTimers(),
    random: seededRandom(1),
    cpuSeconds: () => 0,
    tell: (message) => messages.push(message),
    finished: () => (finished = true),
    limits: { tickMs: 10, ...options },
  });
  const send = (command: BalancerCommand): void => balancer.obey(command);
  const rig = await begin(send, messages, ports, { ...defaultSettings, ...options }, undefined);
  return Object.assign(rig, {
    async [Symbol.asyncDispose]() {
      send({ kind: 'stop', graceMs: 0 });
      await until('the balancer ends', () => finished);
    },
  });
}

/** In a process of its own. */
export async function startRigProcess(
  ports: readonly number[],
  settings: Partial<BalancerSettings> = {},
): Promise<Rig> {
  const child = await startProcess({ command: [balancerEntry()], channel: true, stopWithinMs: 200 });
  const messages: BalancerMessage[] = [];
  child.child.on('message', (message) => messages.push(message as BalancerMessage));
  const rig = await begin(
    (command) => child.child.send(command),
    messages,
    ports,
    { ...defaultSettings, ...settings },
    child,
  );
  return Object.assign(rig, {
    async [Symbol.asyncDispose]() {
      await child.stop();
    },
  });
}

async function begin(
  send: (command: BalancerCommand) => void,
  messages: BalancerMessage[],
  ports: readonly number[],
  settings: BalancerSettings,
  child: TestProcess | undefined,
): Promise<Omit<Rig, typeof Symbol.asyncDispose>> {
  async function message<Kind extends BalancerMessage['kind']>(
    kind: Kind,
    fits: (message: Extract<BalancerMessage, { kind: Kind }>) => boolean = () => true,
  ): Promise<Extract<BalancerMessage, { kind: Kind }>> {
    const isIt = (one: BalancerMessage): one is Extract<BalancerMessage, { kind: Kind }> =>
      one.kind === kind && fits(one as Extract<BalancerMessage, { kind: Kind }>);
    return (await until(`a message ${kind}`, () => messages.find(isIt))) as Extract<BalancerMessage, { kind: Kind }>;
  }
  send({ kind: 'start', settings, services: [testService] });
  const { ports: listening } = await message('listening');
  send({ kind: 'replicas', replicas: ports.map((port, k) => replicaAt(port, `api-${k + 1}`)) });
  await Promise.all(ports.map((_, k) => message('health', (one) => one.replica === `api-${k + 1}` && one.healthy)));
  return { port: listening['api'] as number, messages, send, message, process: child };
}

/** Writes octets to the balancer and answers with all that comes until it closes the connection. */
export function exchangeRaw(port: number, text: string | Buffer, halfClose = false): Promise<string> {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    let answer = '';
    socket.setEncoding('latin1');
    socket.on('data', (part: string) => (answer += part));
    socket.on('end', () => socket.end());
    socket.on('error', (error: NodeJS.ErrnoException) => (answer += `[${error.code}]`));
    socket.on('close', () => resolve(answer));
    if (halfClose) socket.end(text);
    else socket.write(text);
  });
}

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
}

/** One request by Node's client; status 0 and the error's code when there was no whole answer. */
export function ask(
  port: number,
  path: string,
  options: http.RequestOptions & { readonly body?: string | Buffer } = {},
): Promise<Answer> {
  return new Promise((resolve) => {
    const failed = (error: NodeJS.ErrnoException): void => resolve({ status: 0, headers: {}, text: error.code ?? '' });
    const request = http.request({ port, host: '127.0.0.1', path, ...options }, (response) => {
      let text = '';
      response.setEncoding('latin1');
      response.on('data', (part: string) => (text += part));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
      response.on('error', failed);
    });
    request.on('error', failed);
    request.end(options.body);
  });
}
