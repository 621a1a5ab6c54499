/** What the application is proved on: its files, and the servers that a site beyond one machine has. */
import { mariadbServer, redisServer, startMariadb, startRedis } from '@palier/testkit/engines';

export interface Engines {
  readonly name: string;
  /** For vitest: left out, with the reason, where a server is missing. */
  readonly options: { readonly skip: boolean; readonly meta: object };
  /** Starts what it needs; answers the environment of a process on it. `fast`: MariaDB does not wait for the disk. */
  start(stack: AsyncDisposableStack, fast: boolean): Promise<Readonly<Record<string, string>>>;
}

const [mariadb, redis] = [mariadbServer(), redisServer()];

export const onFiles: Engines = { name: 'SQLite', options: { skip: false, meta: {} }, start: async () => ({}) };

export const onServers: Engines = {
  name: 'MariaDB and Redis',
  options: mariadb.options.skip ? mariadb.options : redis.options,
  async start(stack, fast) {
    const [database, state] = await Promise.all([startMariadb({ fast }), startRedis()]);
    stack.use(database);
    stack.use(state);
    return { DATABASE_URL: database.url, REDIS_URL: state.url };
  },
};
