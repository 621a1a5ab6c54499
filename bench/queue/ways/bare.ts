/**
 * The engine's own limit: the rows of our tables claimed and finished by bare statements of 500, with what a handler needs read back, nobody
 * running a handler, nobody noticed when it is gone. The statements are those that the room sends for jobs with no more to them.
 */
import { DatabaseSync } from 'node:sqlite';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { createConnection } from 'mysql2/promise';
import pg from 'pg';
import { openPalier, queueName } from './palier.ts';
import type { Way } from './way.ts';

interface Row {
  /** A text, where the library leaves whole numbers of 64 bits as they came. */
  readonly id: number | string;
  readonly payload: string;
}

type Standing = Readonly<Record<'queue' | 'tier' | 'place' | 'id', number>>;

/** One connection. */
interface Bare {
  claim(claim: number): Promise<readonly Row[]>;
  finish(ids: readonly Row['id'][], claim: number): Promise<unknown>;
  close(): Promise<void>;
}

/** What a worker of ours takes at once when it is fast. */
const lot = 500;
const columns =
  'id, name, priority, attempt, crashes, added_at, due_at, version, payload, saved, flow, lane, job_key, trace, place AS turn';
const queue = `(SELECT id FROM palier_queues WHERE name = '${queueName}')`;
/** 0 is ready, 2 running: as they are stored. */
const ready = `FROM palier_jobs WHERE queue = ${queue} AND state = 0 ORDER BY tier, place, id`;
const first = `${ready} LIMIT ${lot}`;
const mark = 'UPDATE palier_jobs SET state = 2, tier = 0, attempt = attempt + 1';
const drop = `DELETE FROM palier_jobs WHERE queue = ${queue} AND state = 2`;

/** Jobs are put in by ours. */
export async function openBare(url: string, connections: number): Promise<Way> {
  const ours = await openPalier(url);
  const all = await Promise.all(Array.from({ length: connections }, () => openOne(url)));
  let claim = 2 ** 40;
  return {
    ...ours,
    async work(handle) {
      const stop = new AbortController();
      const loops = all.map(async (bare) => {
        while (!stop.signal.aborted) {
          const number = ++claim;
          const rows = await bare.claim(number);
          for (const { payload } of rows) handle((JSON.parse(payload) as { at: number }).at);
          // A look that finds nothing costs the server's core what those who add need of it.
          if (rows.length === 0) await sleep(1);
          else
            await bare.finish(
              rows.map(({ id }) => id),
              number,
            );
        }
      });
      return {
        async stop() {
          stop.abort();
          await Promise.all(loops);
        },
      };
    },
    async close() {
      for (const bare of all) await bare.close();
      await ours.close();
    },
  };
}

function openOne(url: string): Promise<Bare> {
  if (url.startsWith('postgres:')) return onPostgres(url);
  return url.startsWith('mariadb:') ? onMariadb(url) : onSqlite(url);
}

async function onPostgres(url: string): Promise<Bare> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const claim = `WITH picks AS (SELECT id AS picked, place AS turn ${first} FOR UPDATE SKIP LOCKED)
    ${mark}, place = $1 FROM unnest(ARRAY(SELECT picked FROM picks), ARRAY(SELECT turn FROM picks)) AS lists (picked, turn) WHERE id = picked
    RETURNING ${columns.replace('place AS turn', 'turn')}`;
  const finish = `${drop} AND id = ANY($1::bigint[]) AND place = $2`;
  return {
    claim: async (number) => (await client.query({ name: 'claim', text: claim, values: [number] })).rows,
    finish: (ids, number) => client.query({ name: 'finish', text: finish, values: [ids, number] }),
    close: () => client.end(),
  };
}

async function onMariadb(url: string): Promise<Bare> {
  const connection = await createConnection(url.replace(/^mariadb/, 'mysql'));
  await connection.query('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED');
  return {
    async claim(number) {
      const [looked] = await connection.query(`SELECT queue, tier, place, id ${ready} LIMIT 1`);
      const [from] = looked as unknown as readonly Standing[];
      if (from === undefined) return [];
      await connection.query('START TRANSACTION');
      const [found] = await connection.query(rangeFrom(from));
      const rows = found as unknown as readonly Row[];
      if (rows.length > 0) {
        await connection.query(`${mark}, place = ${number} WHERE id IN (${rows.map(({ id }) => id).join()})`);
      }
      await connection.query('COMMIT');
      return rows;
    },
    finish: (ids, number) => connection.query(`${drop} AND id IN (${ids.join()}) AND place = ${number}`),
    close: () => connection.end(),
  };
}

/** What was taken before the first is not walked, as the room does it. */
function rangeFrom({ queue: number, tier, place, id }: Standing): string {
  return `SELECT ${columns} FROM palier_jobs FORCE INDEX (palier_jobs_turn)
    WHERE queue >= ${number} AND queue <= ${number} AND state >= 0 AND state <= 0
      AND (tier > ${tier} OR (tier = ${tier} AND (place > ${place} OR (place = ${place} AND id >= ${id}))))
    ORDER BY queue, state, tier, place, id LIMIT ${lot} FOR UPDATE SKIP LOCKED`;
}

async function onSqlite(url: string): Promise<Bare> {
  const file = new DatabaseSync(url.slice('sqlite:'.length), { timeout: 5000 });
  file.exec('PRAGMA synchronous = NORMAL');
  const among = 'id IN (SELECT value FROM json_each(?))';
  const select = file.prepare(`SELECT ${columns} ${first}`);
  const update = file.prepare(`${mark}, place = ? WHERE ${among}`);
  const remove = file.prepare(`${drop} AND ${among} AND place = ?`);
  return {
    async claim(number) {
      file.exec('BEGIN IMMEDIATE');
      const rows = select.all() as unknown as readonly Row[];
      if (rows.length > 0) update.run(number, JSON.stringify(rows.map(({ id }) => id)));
      file.exec('COMMIT');
      await turn();
      return rows;
    },
    finish: async (ids, number) => remove.run(JSON.stringify(ids), number),
    close: async () => file.close(),
  };
}
