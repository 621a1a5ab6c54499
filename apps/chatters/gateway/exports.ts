/** All accounts of a collection as a file, CSV or JSON: sent while it is read, so that its size costs no memory. */
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { walk } from '../collections/walk.ts';
import { ownCollection } from './analysis.ts';
import { field, type GatewayDesk, userOf } from './desk.ts';
import { csvLine } from './pages/csv.ts';

/** The names are those of the columns. */
interface ExportedAccount {
  readonly twitch_user_id: string;
  readonly login: string;
  readonly display_name: string;
  readonly created_at: string | null;
  readonly seen_count: number;
  readonly first_seen: string;
  readonly last_seen: string;
}

export function exportRoutes(app: FastifyInstance, desk: GatewayDesk): void {
  app.get('/collections/:id/export.csv', async (request, reply) => {
    const { id } = await ownCollection(desk, userOf(request).id, field(request.params, 'id'));
    return sendFile(reply, `chatters-${id}.csv`, 'text/csv', csv(accountsOf(desk, id)));
  });

  app.get('/collections/:id/export.json', async (request, reply) => {
    const { id } = await ownCollection(desk, userOf(request).id, field(request.params, 'id'));
    return sendFile(reply, `chatters-${id}.json`, 'application/json', json(accountsOf(desk, id)));
  });
}

/** Names of people: kept by nobody on the way, run by no browser. */
function sendFile(reply: FastifyReply, name: string, type: string, text: AsyncIterable<string>): FastifyReply {
  reply.type(`${type}; charset=utf-8`);
  reply.headers({ 'content-disposition': `attachment; filename="${name}"`, 'cache-control': 'no-store' });
  return reply.send(Readable.from(text));
}

const columns = [
  'twitch_user_id',
  'login',
  'display_name',
  'created_at',
  'seen_count',
  'first_seen',
  'last_seen',
] as const satisfies readonly (keyof ExportedAccount)[];

async function* accountsOf({ sql }: GatewayDesk, collectionId: string): AsyncGenerator<readonly ExportedAccount[]> {
  const captures = sql.query.selectFrom('captures').select(['id', 'created_at']).orderBy('created_at');
  const rows = await captures.where('collection_id', '=', collectionId).where('chatters', '>', 0).execute();
  const ids = rows.map(({ id }) => id);
  const time = (place: number | undefined): string => new Date(rows[place ?? 0]?.created_at ?? 0).toISOString();
  for await (const stretch of walk(sql, ids)) {
    yield stretch.map(({ account, seenIn }) => ({
      twitch_user_id: account.id,
      login: account.login,
      display_name: account.display_name,
      created_at: account.created_at === null ? null : new Date(account.created_at).toISOString(),
      seen_count: seenIn.length,
      first_seen: time(seenIn[0]),
      last_seen: time(seenIn.at(-1)),
    }));
  }
}

async function* csv(stretches: AsyncIterable<readonly ExportedAccount[]>): AsyncGenerator<string> {
  yield csvLine(columns);
  for await (const accounts of stretches) {
    yield accounts.map((account) => csvLine(columns.map((column) => account[column]))).join('');
  }
}

async function* json(stretches: AsyncIterable<readonly ExportedAccount[]>): AsyncGenerator<string> {
  let before = '[\n';
  for await (const accounts of stretches) {
    if (accounts.length === 0) continue;
    yield `${before}${accounts.map((account) => JSON.stringify(account)).join(',\n')}`;
    before = ',\n';
  }
  yield before === ',\n' ? '\n]\n' : '[]\n';
}
