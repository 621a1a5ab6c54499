/** What the application is tested on: a file for each, and what a site beyond one machine has. */
import { mariadbServer, redisServer, startMariadb, startRedis } from '@palier/testkit/engines';

export interface Engines {
  readonly name: string;
  /** For vitest: left out, with the reason, where a server is missing. */
  readonly options: { readonly skip: boolean; readonly meta: object };
  /** Starts what it needs; answers the environment of a replica on it. */
  start(stack: AsyncDisposableStack): Promise<Readonly<Record<string, string>>>;
}

const [mariadb, redis] = [mariadbServer(), redisServer()];

export const allEngines: readonly Engines[] = [
  { name: 'SQLite', options: { skip: false, meta: {} }, start: async () => ({}) },
  {
    name: 'Redis and MariaDB',
    options: mariadb.options.skip ? mariadb.options : redis.options,
    async start(stack) {
      const [database, state] = await Promise.all([startMariadb({ fast: true }), startRedis()]);
      stack.use(database);
      stack.use(state);
      return { DATABASE_URL: database.url, REDIS_URL: state.url };
    },
  },
];
