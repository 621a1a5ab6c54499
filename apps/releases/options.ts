/** What can be set, by the environment: the name, the default and its reason. */
import { releasesError } from './errors.ts';

export interface ReleasesOptions {
  /** PORT: where to listen; 0 is any free port. */
  readonly port: number;
  /** HOST: the address to listen on. */
  readonly host: string;
  /** DATA_DIR: where the files below lie unless they are named; made when it is not there. */
  readonly dataFolder: string;
  /** DATABASE_URL: `sqlite:FILE`, `mariadb://USER:PASSWORD@HOST/DATABASE`. */
  readonly databaseUrl: string;
  /** STATE_URL, or REDIS_URL: logins, revocations, limits and messages between the replicas: `sqlite:FILE`, `redis://…` (forms: kit/state). */
  readonly stateUrl: string;
  /** UPLOAD_DIR: the folder of the uploaded files, shared by the replicas. */
  readonly uploadFolder: string;
  /** JWT_SECRET: what tokens are signed with; at least 32 characters, the same for all replicas. Null: one of this process alone. */
  readonly jwtSecret: string | null;
  /** ACCESS_MINUTES: how long an access token is good for, a logout aside. */
  readonly accessLifeMs: number;
  /** LOGIN_FAILURES_PER_ACCOUNT, of an account within 15 minutes; the next is refused. */
  readonly failuresPerAccount: number;
  /** LOGIN_FAILURES_PER_ADDRESS: the same of a client's address. */
  readonly failuresPerAddress: number;
  /** DRAFTS_PER_MINUTE: new drafts of an account; the next is refused. */
  readonly draftsPerMinute: number;
  /** TRUSTED_PROXIES: addresses and networks, by commas, whose X-Forwarded-For is believed; empty: nobody's. */
  readonly trustedProxies: readonly string[];
  /** TOKENS_FILE: where the seed writes a token for each of its accounts, for load scenarios. Null: nowhere. */
  readonly tokensFile: string | null;
  /** SEED_RELEASES: how many the seed makes. */
  readonly seedReleases: number;
  /** MAX_UPLOAD_MB: the largest file. */
  readonly maxUploadBytes: number;
  /** MAX_UPLOADS: the files kept; the oldest give way. */
  readonly maxUploads: number;
  /** MAX_UPLOADS_MB: the bytes kept; the oldest files give way. */
  readonly maxUploadsBytes: number;
  /** MAX_PACKED_MB: the bytes of packed releases kept; the oldest give way, and can be packed again. */
  readonly maxPackedBytes: number;
  /** PACKERS: how many releases this replica packs at once; 0: others do. */
  readonly packers: number;
  /** PACK_LEASE_MS: how soon the jobs of a worker that is gone are begun anew by another, at the latest in twice of it. */
  readonly packLeaseMs: number;
  /** DRAIN_MS: how long the service goes on answering after SIGTERM, telling clients to leave, before it closes. */
  readonly drainMs: number;
  /** DATABASE_CONNECTIONS: how many this replica keeps to a server. */
  readonly databaseConnections: number;
  /** REPLICAS: how many there are; their connections together are held against what the server takes. */
  readonly replicas: number;
  /** How long a statement may take, its wait for the lock of the database included. */
  readonly databaseTimeoutMs: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

const mebibyte = 1024 * 1024;
const minuteMs = 60_000;

/** Throws OPTION, naming the variable. */
export function readOptions(env: Environment): ReleasesOptions {
  const dataFolder = env['DATA_DIR'] || 'data';
  return {
    // 8080 is free on most machines; palier hands in its own.
    port: whole(env, 'PORT', 8080, 0, 65_535),
    // Loopback: who wants to be reached from outside says so.
    host: env['HOST'] ?? '127.0.0.1',
    dataFolder,
    databaseUrl: env['DATABASE_URL'] || `sqlite:${dataFolder}/releases.sqlite`,
    // A file of its own: who writes a release and who logs in do not wait for each other.
    stateUrl: env['STATE_URL'] || env['REDIS_URL'] || `sqlite:${dataFolder}/state.sqlite`,
    // A request holds one for a millisecond: ten are a thousand requests a second.
    databaseConnections: whole(env, 'DATABASE_CONNECTIONS', 10, 1, 1000),
    replicas: whole(env, 'REPLICAS', 1, 1, 1000),
    uploadFolder: env['UPLOAD_DIR'] || `${dataFolder}/uploads`,
    jwtSecret: secret(env['JWT_SECRET']),
    // What a stolen token is worth where nobody notices; every replica sees a logout, so it need not be shorter. A day is the kit's most.
    accessLifeMs: whole(env, 'ACCESS_MINUTES', 60, 1, 1440) * minuteMs,
    // Somebody who tries all his passwords; a guesser has 960 a day.
    failuresPerAccount: whole(env, 'LOGIN_FAILURES_PER_ACCOUNT', 10, 1, 1000),
    // An office of fifty behind one address on a Monday morning, twice. So many may be logging in from there at the same moment, too.
    failuresPerAddress: whole(env, 'LOGIN_FAILURES_PER_ADDRESS', 100, 1, 100_000),
    // Nobody types faster; a script that makes a draft each moment leaves rows that nobody finishes.
    draftsPerMinute: whole(env, 'DRAFTS_PER_MINUTE', 20, 1, 100_000),
    // A balancer on this machine connects from here. Nobody else's word is taken for an address.
    trustedProxies: (env['TRUSTED_PROXIES'] ?? '127.0.0.1,::1').split(',').flatMap((text) => text.trim() || []),
    tokensFile: env['TOKENS_FILE'] || null,
    // What the load scenarios want; 100 000 show what a query costs that does not use its index.
    seedReleases: whole(env, 'SEED_RELEASES', 10_000, 1, 1_000_000),
    // The largest of a shelf of illustrated e-books; a bound on the disk, since files are never held in memory.
    maxUploadBytes: whole(env, 'MAX_UPLOAD_MB', 32, 1, 1024) * mebibyte,
    // A load test that uploads ten books a second for an hour leaves 200 of them.
    maxUploads: whole(env, 'MAX_UPLOADS', 200, 1, 100_000),
    maxUploadsBytes: whole(env, 'MAX_UPLOADS_MB', 512, 1, 1_000_000) * mebibyte,
    // As many bytes as the uploads twice over: what was packed and fetched need not stay.
    maxPackedBytes: whole(env, 'MAX_PACKED_MB', 1024, 1, 10_000_000) * mebibyte,
    // One is mostly the disk's work; two of them would be felt by those whom the replica answers.
    packers: whole(env, 'PACKERS', 1, 0, 100),
    packLeaseMs: whole(env, 'PACK_LEASE_MS', 7500, 100, 600_000),
    // A client's round trip; the balancer has stopped choosing this replica before the signal.
    drainMs: whole(env, 'DRAIN_MS', 300, 0, 60_000),
    // A write takes 1 ms: after two seconds something is wrong, and the client should hear of it.
    databaseTimeoutMs: 2000,
  };
}

function whole(env: Environment, option: string, fallback: number, least: number, most: number): number {
  const text = env[option];
  if (text === undefined || text === '') return fallback;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw releasesError('OPTION', { option, is: text, expected: `a whole number from ${least} to ${most}` });
}

function secret(text: string | undefined): string | null {
  if (text === undefined || text === '') return null;
  if (text.length >= 32) return text;
  // The secret itself stays out of the message.
  throw releasesError('OPTION', {
    option: 'JWT_SECRET',
    is: `${text.length} characters`,
    expected: '32 characters or more',
  });
}
