/** The database of the application, opened from the environment: its own tables and those of the queue, in one. */
import { mkdir } from 'node:fs/promises';
import { queueMigrations } from '@palier/kit/queue';
import type { StateSurroundings } from '@palier/kit/state';
import { openSql, type Sql } from '@palier/kit/state/sql';
import { type Environment, whole } from '../environment.ts';
import { chattersError } from '../errors.ts';
import { migrations } from './migrations.ts';
import type { Tables } from './tables.ts';

export interface DatabaseOptions {
  /** DATA_DIR: where the files of SQLite lie; made when it is not there. */
  readonly dataFolder: string;
  /** DATABASE_URL: `sqlite:FILE`, `mariadb://USER:PASSWORD@HOST/DATABASE`. */
  readonly databaseUrl: string;
  /** STATE_URL, or REDIS_URL: what the replicas share beside the database, and how they wake each other. */
  readonly stateUrl: string;
  /** DATABASE_CONNECTIONS: of this replica. */
  readonly connections: number;
  /** REPLICAS: of all services that open the database; their connections together are held against what the server takes. */
  readonly replicas: number;
}

/** Throws OPTION, naming the variable. */
export function readDatabaseOptions(env: Environment): DatabaseOptions {
  const dataFolder = env['DATA_DIR'] || 'data';
  return {
    dataFolder,
    databaseUrl: env['DATABASE_URL'] || `sqlite:${dataFolder}/chatters.sqlite`,
    stateUrl: env['STATE_URL'] || env['REDIS_URL'] || `sqlite:${dataFolder}/state.sqlite`,
    // A page of chatters holds one for some ten milliseconds: ten are more than Twitch lets one worker ask.
    connections: whole(env, 'DATABASE_CONNECTIONS', 10, 1, 1000),
    replicas: whole(env, 'REPLICAS', 1, 1, 1000),
  };
}

/** Throws OPTION when there can be no such folder, and what `openSql` throws. */
export async function openDatabase(options: DatabaseOptions, around: StateSurroundings): Promise<Sql<Tables>> {
  await mkdir(options.dataFolder, { recursive: true }).catch((error: Error) => {
    throw chattersError('OPTION', {
      option: 'DATA_DIR',
      is: `${options.dataFolder}, which cannot be made (${error.message})`,
      expected: 'a folder that can be written to',
    });
  });
  return openSql<Tables>(options.databaseUrl, around, {
    migrations: [...queueMigrations, ...migrations],
    connections: options.connections,
    replicas: options.replicas,
    // A page of a thousand chatters on a machine that does other things, too.
    transactionTimeoutMs: 15_000,
  });
}
