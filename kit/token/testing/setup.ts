/** Replicas of a service with tokens, on one state, for tests. */
import { systemEntropy } from '@palier/base/entropy';
import { silentLog } from '@palier/base/log';
import { seededRandom } from '@palier/base/random';
import { virtualTime, type VirtualTime } from '@palier/testkit/clock';
import type { TokenAlgorithm } from '../checks/signature.ts';
import { generateTokenKey, type TokenKey } from '../keys/token-keys.ts';
import type { RefreshSecret } from '../keys/refresh-token.ts';
import type { TokenOptions } from '../options.ts';
import { createTokens, type Tokens, type TokenSecrets } from '../tokens.ts';
import { type MemoryKv, memoryKv } from './memory-kv.ts';

export interface Bench {
  readonly kv: MemoryKv;
  readonly secrets: TokenSecrets;
  readonly time: VirtualTime;
  /** One more replica on the same state. */
  replica(options?: Partial<TokenOptions>): Tokens;
  /** For all: the engine and the replicas. */
  advance(ms: number): Promise<void>;
}

export const names = { issuer: 'https://login.test', audience: 'api' };

export async function tokenKey(algorithm: TokenAlgorithm = 'ES256', kid = 'a', signsFromMs = 0): Promise<TokenKey> {
  return { kid, algorithm, jwk: await generateTokenKey(algorithm), signsFromMs };
}

export const refreshSecrets: readonly RefreshSecret[] = [{ id: 'r', secret: 'x'.repeat(32) }];

export async function setup(algorithm: TokenAlgorithm = 'ES256'): Promise<Bench> {
  const time = virtualTime();
  const kv = memoryKv(time.clock.epochMs(), time.clock.monotonicMs);
  const secrets: TokenSecrets = { accessKeys: [await tokenKey(algorithm)], refreshSecrets };
  const around = {
    clock: time.clock,
    timers: time.timers,
    random: seededRandom(1),
    entropy: systemEntropy(),
    log: silentLog,
  };
  return {
    kv,
    secrets,
    time,
    replica: (options = {}) => createTokens(kv, secrets, around, { ...names, ...options }),
    async advance(ms) {
      kv.nowMs += ms;
      await time.advance(ms);
      kv.prove();
    },
  };
}
