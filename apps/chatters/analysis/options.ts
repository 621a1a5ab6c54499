/** What the analysis service can be told, by the environment: the name, the default and its reason. */
import { type DatabaseOptions, readDatabaseOptions } from '../database/open.ts';
import { type Environment, whole } from '../environment.ts';

export interface AnalysisOptions extends DatabaseOptions {
  readonly port: number;
  readonly host: string;
  /** SUMMARY_FOR_S: how long a summary is kept. */
  readonly keptForMs: number;
}

/** Throws OPTION, naming the variable. */
export function readAnalysisOptions(env: Environment): AnalysisOptions {
  return {
    ...readDatabaseOptions(env),
    port: whole(env, 'PORT', 8083, 0, 65_535),
    host: env['HOST'] ?? '127.0.0.1',
    // Names and ages of accounts are asked for once a day; five minutes are a streamer's look at one evening.
    keptForMs: whole(env, 'SUMMARY_FOR_S', 300, 1, 86_400) * 1000,
  };
}
