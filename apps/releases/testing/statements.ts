/** What the routes ask of the database, and how it would go about it: for the test of the plans. */
import { CompiledQuery, type KyselyPlugin, type RootOperationNode } from 'kysely';
import type { Database } from '../database/open.ts';

export interface Statements {
  readonly db: Database;
  /** Those built since the last call, each once; parts of a statement are among them. */
  take(): CompiledQuery[];
}

/** A database that remembers what is built on it. */
export function remembered(db: Database): Statements {
  const nodes: RootOperationNode[] = [];
  const plugin: KyselyPlugin = {
    transformQuery({ node }) {
      nodes.push(node);
      return node;
    },
    transformResult: ({ result }) => Promise.resolve(result),
  };
  const executor = db.query.getExecutor();
  return {
    db: { ...db, query: db.query.withPlugin(plugin) },
    take() {
      const built = nodes.splice(0).map((node) => executor.compileQuery(node, { queryId: 'remembered' }));
      return [...new Map(built.map((statement) => [statement.sql, statement])).values()];
    },
  };
}

/** One table in the plan of a statement. */
export interface PlanStep {
  readonly table: string;
  /** All its rows, all entries of an index, or those that were looked up. */
  readonly reads: 'everything' | 'index' | 'looked up';
  /** What of it is read, as the engine expects; null: it does not say. */
  readonly rows: number | null;
  /** Whether what was read is sorted afterwards. */
  readonly sorts: boolean;
}

/** How the engine would go about a statement. */
export async function planOf({ query }: Pick<Database, 'query'>, statement: CompiledQuery): Promise<PlanStep[]> {
  const explained = async (word: string): Promise<Readonly<Record<string, unknown>>[]> => {
    const { sql, parameters } = statement;
    const answer = await query.executeQuery(CompiledQuery.raw(`${word} ${sql}`, [...parameters]));
    return answer.rows as Readonly<Record<string, unknown>>[];
  };
  // Kysely quotes names as the engine has it.
  if (statement.sql.includes('`')) return (await explained('explain')).map(ofMariadb);
  const details = (await explained('explain query plan')).map(({ detail }) => String(detail));
  // Of a page that was found in order only its own rows are sorted again; how it is found is a statement of its own here.
  const paged = details.includes('SCAN page');
  const sorts = !paged && details.some((detail) => detail.startsWith('USE TEMP B-TREE FOR ORDER BY'));
  return details.flatMap((detail) => ofSqlite(detail, sorts));
}

/** EXPLAIN, https://mariadb.com/kb/en/explain/ */
function ofMariadb({ table, type, rows, Extra }: Readonly<Record<string, unknown>>): PlanStep {
  const reads = type === 'ALL' ? 'everything' : type === 'index' ? 'index' : 'looked up';
  return { table: String(table), reads, rows: Number(rows), sorts: String(Extra).includes('filesort') };
}

/** EXPLAIN QUERY PLAN, https://sqlite.org/eqp.html */
function ofSqlite(detail: string, sorts: boolean): PlanStep[] {
  const [, how, table = '', index] =
    /^(SCAN|SEARCH) (\S+)( USING (?:COVERING )?INDEX| USING INTEGER PRIMARY KEY)?/.exec(detail) ?? [];
  if (how === undefined) return [];
  const reads = how === 'SEARCH' ? 'looked up' : index === undefined ? 'everything' : 'index';
  return [{ table, reads, rows: null, sorts }];
}
