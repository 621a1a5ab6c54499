/** What a process of the load is to do; handed to it as a file. */
import type { Shared } from '../service.ts';

export interface Place {
  /** A user, or the hash tag of a peer's keys. */
  readonly name: string;
  /** The primary that it lies on when the run begins, by number. */
  readonly shard: number;
}

export interface IssuedToken {
  readonly accessToken: string;
  readonly user: string;
  readonly family: string;
  readonly id: string;
  readonly shard: number;
  /** By the wall clock of the machine. */
  readonly expiresAtMs: number;
}

export interface SessionsRole {
  readonly kind: 'sessions';
  readonly users: readonly Place[];
  readonly makesPerSecond: number;
  readonly readsPerSecond: number;
  readonly endsPerSecond: number;
}

export interface TokensRole {
  readonly kind: 'tokens';
  readonly staleMs: number;
  readonly tokens: readonly IssuedToken[];
  /** Which of them it revokes, in this order. */
  readonly revokes: readonly number[];
  readonly validationsPerSecond: number;
  readonly revocationsPerSecond: number;
}

export interface PeerRole {
  readonly kind: 'node-redis' | 'ioredis';
  readonly tags: readonly Place[];
  readonly writesPerSecond: number;
}

export type Role = (SessionsRole | TokensRole | PeerRole) & {
  /** As it is told in the table. */
  readonly name: string;
  readonly url: string;
  readonly shiftMs: number;
  readonly shared: Shared;
  /** Where it writes what it has to tell. */
  readonly toFile: string;
};
