/** What a subject is asked for, in its one argument, and what it tells: lines of standard output. */
export interface Order {
  readonly contestant: string;
  readonly caseName: string;
  readonly url: string;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

/** `BEGIN` when what is measured begins, then `TOLD` and this as JSON. */
export interface Told {
  readonly values: Readonly<Record<string, number>>;
  /** Of the subject, since `BEGIN`. */
  readonly cores: number;
}

export interface Which {
  readonly contestant: string;
  readonly framework: 'Express' | 'Fastify';
  readonly url: string;
  /** Ours serves reads from local copies. */
  readonly copies?: boolean;
  /** The peer keeps its sessions in its own memory. */
  readonly inMemory?: boolean;
}

/** One service in one process: makes sessions, and plays requests on them. */
export interface Subject {
  /** A new session with these fields; its cookie. */
  make(fields: Readonly<Record<string, unknown>>): Promise<string>;
  /** One request with that cookie, which reads `name` and, to change something, sets `count`. Throws when the session is not found. */
  request(cookie: string, count: number | undefined): Promise<void>;
  /** A request that logs out. */
  end(cookie: string): Promise<void>;
  /** Reads that were answered from a local copy, and all; undefined without local copies. */
  readonly copied: { readonly hits: number; readonly misses: number } | undefined;
  close(): Promise<void>;
}

export const fields: Readonly<Record<string, unknown>> = {
  userId: 'u-123456',
  name: 'Ada Lovelace',
  roles: ['reader', 'editor'],
  csrf: 'k3jh4k5jh34k5jh345k3jh4k5jh34k5jh345',
  cart: [
    { sku: 'A-1', n: 2 },
    { sku: 'B-7', n: 1 },
  ],
  lastPath: '/books/42/chapters/7',
  settings: { theme: 'dark', beta: true, size: 1.5 },
  count: 0,
};
