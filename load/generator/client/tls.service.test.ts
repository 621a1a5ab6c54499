import { createServer as createPlainServer } from 'node:http';
import { createServer, type ServerOptions } from 'node:https';
import { type AddressInfo, connect as connectSocket, createServer as createSocketServer, type Server } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import type { PalierError } from '@palier/base/error';
import { ResponseParser } from '@palier/base/http1';
import { systemTimers } from '@palier/base/timers';
import type { GeneratorPlan, LoadResult, WindowResult } from '@palier/protocol';
import { makeCertificate, openssl, type TestCertificate } from '@palier/testkit/certificate';
import { startFleet } from '@palier/testkit/fleet';
import { temporaryFolder } from '@palier/testkit/folder';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGenerators } from '../handle.ts';
import { crowd, planOf, stepOf, websocket } from '../testing/plan.ts';
import { Connection } from './connection.ts';
import { speaksTls } from './probe.ts';
import { socketDial } from './socket.ts';

interface Seen {
  readonly path: string;
  readonly trace: string;
  readonly bytes: number;
}

interface Shop extends AsyncDisposable {
  readonly port: number;
  readonly seen: readonly Seen[];
  /** Of each connection whether it took up an earlier session. */
  readonly resumed: readonly boolean[];
  readonly protocols: ReadonlySet<unknown>;
}

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let certificate: TestCertificate;

describe('a target with TLS', openssl().options, () => {
  beforeAll(async () => {
    folder = await temporaryFolder('tls');
    certificate = makeCertificate(folder);
  });
  afterAll(() => folder[Symbol.asyncDispose]());

  it('is loaded like any other; a user takes up its session again, and every request bears a trace of its own', async () => {
    await using shop = await startShop();
    const steps = [stepOf({ path: '/' }), stepOf({ path: '/close', check: { status: [], contains: 'bye', json: {} } })];
    const { total } = await played(at(shop.port, steps, false));
    expect(total.errors).toEqual({});
    expect(total.requests).toBeGreaterThan(20);
    expect(shop.seen).toHaveLength(total.requests);
    expect(new Set(shop.seen.map(({ trace }) => trace)).size).toBe(shop.seen.length);
    expect(shop.seen.map(({ trace }) => trace.slice(3, 35))).toContain(total.slowest?.traceId);
    // Three users: each begins once, and is closed by the server again and again.
    expect(shop.resumed.length).toBeGreaterThan(6);
    expect(shop.resumed.filter((resumed) => !resumed)).toHaveLength(3);
    expect([...shop.protocols]).toEqual(['http/1.1']);
  });

  it('carries bodies of a megabyte both ways', async () => {
    await using shop = await startShop();
    const text = 'é'.repeat(500_000);
    const upload = stepOf({ method: 'POST', path: '/echo/{{user}}', body: { kind: 'text', text } });
    const large = { ...upload, check: { status: [], contains: 'éé', json: {} } };
    const { total } = await played({ ...at(shop.port, [large], false), draw: { user: { int: [1, 9] } } });
    expect(total.errors).toEqual({});
    expect(new Set(shop.seen.map(({ bytes }) => bytes))).toEqual(new Set([1_000_000]));
    expect(total.receivedBytes).toBeGreaterThan(1_000_000 * total.requests);
  });

  it('is trusted when its authority is', async () => {
    await using shop = await startShop();
    const before = process.env['NODE_EXTRA_CA_CERTS'];
    process.env['NODE_EXTRA_CA_CERTS'] = certificate.file;
    try {
      const { total } = await played(at(shop.port, [stepOf()], true, 'localhost'));
      expect(total.errors).toEqual({});
      const { message } = await refusal(at(shop.port, [stepOf()], true, 'other.example'));
      expect(message).toContain('ERR_TLS_CERT_ALTNAME_INVALID');
    } finally {
      if (before === undefined) delete process.env['NODE_EXTRA_CA_CERTS'];
      else process.env['NODE_EXTRA_CA_CERTS'] = before;
    }
  });

  it('is refused before the load, in words, when its certificate is not trusted or it speaks no TLS', async () => {
    await using shop = await startShop();
    const untrusted = await refusal(at(shop.port, [stepOf()], true, 'localhost'));
    expect(untrusted.code).toBe('PALIER_LOAD_CERTIFICATE');
    expect(untrusted.message).toMatch(/self.signed certificate, DEPTH_ZERO_SELF_SIGNED_CERT/);
    expect(untrusted.hint).toContain('--insecure');
    expect(shop.seen).toEqual([]);
    await using plain = await listening(createPlainServer((_, response) => response.end('ok')));
    const noTls = await refusal(at(plain.port, [stepOf()], false));
    expect(noTls.code).toBe('PALIER_LOAD_TARGET_PLAIN');
    expect(noTls.hint).toContain(`http://localhost:${plain.port}`);
  });

  it('carries WebSockets: a fleet behind TLS is welcomed, and answered as one without', async () => {
    await using fleet = await startFleet();
    await using proxy = await startTlsProxy(fleet.port);
    const { connect, expect: awaits, send } = websocket;
    const ping = [send({ type: 'ping' }), awaits({ type: 'ping' })];
    const steps = [connect('/echo?ms=5&serial=t-1'), awaits({ type: 'welcome' }), ...ping];
    const { total, routes } = await played(at(proxy.port, steps, false));
    expect(total.errors).toEqual({});
    const { opened, answeredMs, lastHeaders } = await fleet.seen();
    expect(opened).toBeGreaterThan(10);
    expect(routes['connect']?.requests).toBe(opened);
    // The load ends in the middle of a visit of each of the three users at most.
    expect(opened - answeredMs.length).toBeGreaterThanOrEqual(0);
    expect(opened - answeredMs.length).toBeLessThanOrEqual(3);
    expect(lastHeaders).toMatchObject({ host: `localhost:${proxy.port}`, traceparent: expect.stringMatching(/-01$/) });
  });

  it('is told from a target without, where it was called without', async () => {
    await using shop = await startShop();
    await using plain = await listening(createPlainServer((_, response) => response.end('ok')));
    expect(await speaksTls(at(shop.port, [], true).target)).toBe(true);
    expect(await speaksTls(at(plain.port, [], true).target)).toBe(false);
  });

  it('is a connect error, with what is wrong, when the certificate changes for the worse under load', async () => {
    await using shop = await startShop();
    expect(await outcomeAt(shop.port)).toMatch(
      /^connect: no connection \(its certificate is not accepted: self.signed/,
    );
  });

  it('is a connect error when it speaks another protocol, or breaks off in the handshake', async () => {
    await using other = await startShop({ ALPNProtocols: ['h2'] });
    expect(await outcomeAt(other.port, false)).toMatch(/^connect: /);
    await using broken = await listening(createSocketServer((socket) => socket.once('data', () => socket.end())));
    expect(await outcomeAt(broken.port, false)).toMatch(/^connect: no connection \(ECONNRESET\)/);
  });
});

function at(
  port: number,
  steps: GeneratorPlan['start'],
  verify: boolean,
  servername: string | null = null,
): GeneratorPlan {
  const tls = { servername, verify };
  return planOf({
    target: { host: '127.0.0.1', port, basePath: '', authority: `localhost:${port}`, tls },
    tasks: [{ name: 'only', weight: 100, steps }],
    thinkMs: { min: 50, max: 50 },
    stages: crowd(3, 1500),
  });
}

async function played(plan: GeneratorPlan): Promise<WindowResult> {
  const result: LoadResult = await startGenerators(plan, { timers: systemTimers() }).result;
  return result.windows[0] as WindowResult;
}

async function refusal(plan: GeneratorPlan): Promise<PalierError> {
  return startGenerators(plan, { timers: systemTimers() }).result.then(
    () => {
      throw new Error('it did not fail');
    },
    (error: unknown) => error as PalierError,
  );
}

/** What one request on a connection of this process comes to. */
function outcomeAt(port: number, verify = true): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const owner = {
    answered: () => resolve('answered'),
    broken: (fault: string, text: string) => resolve(`${fault}: ${text}`),
    retried: () => {},
    traceUser: 0,
    traceRequest: 1,
  };
  const dial = socketDial('127.0.0.1', port, { servername: 'localhost', verify });
  const client = { dial, now: () => 0, parser: new ResponseParser(), stamp: () => {} };
  const bytes = 'GET / HTTP/1.1\r\nhost: localhost\r\n\r\n';
  const kind = { rest: null, traceAt: -1, isHead: false, idempotent: true, keepBody: false, keepHeaders: [] };
  const connection = new Connection(client, owner, null);
  connection.send({ bytes, length: bytes.length, ...kind }, 0);
  return promise.finally(() => connection.close());
}

async function startShop(options: ServerOptions = {}): Promise<Shop> {
  const seen: Seen[] = [];
  const resumed: boolean[] = [];
  const protocols = new Set<unknown>();
  const { key, cert } = certificate;
  const server = createServer(
    { key, cert, ALPNProtocols: ['h2', 'http/1.1'], ...options },
    async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const body = Buffer.concat(chunks);
      const path = request.url as string;
      seen.push({ path, trace: String(request.headers['traceparent']), bytes: body.length });
      if (path === '/close') response.setHeader('connection', 'close');
      response.end(path.startsWith('/echo') ? body : 'bye');
    },
  );
  server.on('secureConnection', (socket: TLSSocket) => {
    protocols.add(socket.alpnProtocol);
    // Who closes before it asks is the probe.
    socket.once('data', () => resumed.push(socket.isSessionReused()));
  });
  return { ...(await listening(server)), seen, resumed, protocols };
}

/** Takes TLS off, and hands on to a port. */
function startTlsProxy(port: number): Promise<AsyncDisposable & { readonly port: number }> {
  const { key, cert } = certificate;
  const server = createTlsServer({ key, cert, ALPNProtocols: ['http/1.1'] }, (socket) => {
    const behind = connectSocket(port, '127.0.0.1');
    socket.pipe(behind).pipe(socket);
    socket.on('error', () => behind.destroy());
    behind.on('error', () => socket.destroy());
  });
  return listening(server);
}

async function listening(server: Server): Promise<AsyncDisposable & { readonly port: number }> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => void server.close(() => resolve())),
  };
}
