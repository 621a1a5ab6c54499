/** Finds out where the target is, and whether anybody listens there, before the load begins. */
import { lookup } from 'node:dns/promises';
import { connect, isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Target } from '@palier/protocol';
import { loadError } from '../../errors.ts';
import { generatorLimits } from '../options.ts';
import { certificateProblem } from '@palier/base/certificate';
import { tlsOptions } from './socket.ts';

/** What OpenSSL says of an answer that is no TLS: its first bytes are taken for a version or a length. */
const notTls = new Set(['ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_PACKET_LENGTH_TOO_LONG', 'ERR_SSL_RECORD_TOO_LARGE']);

export interface Reached {
  /** An address, no name: names are looked up once, not by every connection. */
  readonly host: string;
  /** Whether connections from 127.0.1.1 and on were accepted as a way in. */
  readonly ownAddresses: boolean;
}

/** Throws `PALIER_LOAD_TARGET_DEAD` with what the system said, `PALIER_LOAD_TARGET_PLAIN` and `PALIER_LOAD_CERTIFICATE`. */
export async function reachTarget(target: Target, wantsOwnAddresses: boolean): Promise<Reached> {
  const { host } = target;
  let problem = 'no address';
  for (const address of await addressesOf(host)) {
    if (wantsOwnAddresses && address.startsWith('127.')) {
      const withOwn = await tryConnect(address, target, '127.0.1.1');
      if (withOwn === null) return { host: address, ownAddresses: true };
    }
    const without = await tryConnect(address, target, undefined);
    if (without === null) return { host: address, ownAddresses: false };
    problem = without;
  }
  throw loadError('PALIER_LOAD_TARGET_DEAD', { target: target.authority, problem });
}

/**
 * Whether a TLS handshake goes through at a target that is called without. Asked only when nothing came of such calls: a server without
 * TLS would take the handshake for a broken request.
 */
export async function speaksTls({ host, port }: Target): Promise<boolean> {
  const tls = { servername: null, verify: false };
  return new Promise((resolve) => {
    const socket = connectTls({ host, port, ...tlsOptions(tls) });
    const end = (speaks: boolean): void => {
      socket.destroy();
      resolve(speaks);
    };
    socket.setTimeout(generatorLimits.probeTimeoutMs, () => end(false));
    socket.once('secureConnect', () => end(true));
    socket.once('error', () => end(false));
  });
}

async function addressesOf(host: string): Promise<string[]> {
  if (isIP(host) !== 0) return [host];
  try {
    return (await lookup(host, { all: true })).map((entry) => entry.address);
  } catch (error) {
    const problem = `its name is not known: ${(error as NodeJS.ErrnoException).code}`;
    throw loadError('PALIER_LOAD_TARGET_DEAD', { target: host, problem }, { cause: error });
  }
}

/** Null when it was accepted, else why not. */
function tryConnect(host: string, target: Target, localAddress: string | undefined): Promise<string | null> {
  const { port, tls } = target;
  return new Promise((resolve, reject) => {
    const options = { host, port, ...(localAddress === undefined ? {} : { localAddress }) };
    const socket = tls === null ? connect(options) : connectTls({ ...options, ...tlsOptions(tls) });
    const end = (problem: string | null): void => {
      socket.destroy();
      resolve(problem);
    };
    socket.setTimeout(generatorLimits.probeTimeoutMs, () => {
      end(`no connection within ${generatorLimits.probeTimeoutMs / 1000} s`);
    });
    socket.once(tls === null ? 'connect' : 'secureConnect', () => end(null));
    socket.once('error', (error: NodeJS.ErrnoException) => {
      const problem = certificateProblem(error);
      if (notTls.has(error.code ?? '')) {
        const words = { target: target.authority, problem: error.code ?? '' };
        reject(loadError('PALIER_LOAD_TARGET_PLAIN', words, { cause: error }));
      } else if (problem === null) end(error.code ?? error.message);
      else {
        reject(loadError('PALIER_LOAD_CERTIFICATE', { target: target.authority, problem }, { cause: error }));
      }
    });
  });
}
