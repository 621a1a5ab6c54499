/**
 * The worker's part: packs the release of a job. Its files are stored under names of their own first and belong to the release only with the
 * transaction that ends the job; whoever is killed before it has changed nothing, and the job is begun anew by another.
 */
import { createReadStream } from 'node:fs';
import { extname } from 'node:path';
import { PalierError } from '@palier/base/error';
import type { Handlers, Job } from '@palier/kit/queue';
import type { Steps } from '@palier/kit/state/sql';
import { mayHaveHappened } from '../database/open.ts';
import type { ReleaseFilesTable } from '../database/schema.ts';
import { releasesError } from '../errors.ts';
import { hexOf } from '../packing/checksums.ts';
import { packRelease, type PackedFile } from '../packing/pack.ts';
import { type Facts, planRelease } from '../packing/plan.ts';
import { maxVolumes, volumeSizesMb } from '../packing/options.ts';
import { surplusOf } from '../storage/storage.ts';
import type { Shop } from '../web/shop.ts';
import { factsOf, readConfig } from '../wizard/config.ts';
import { begin, type Desk, end, settle, tell } from './desk.ts';
import { packAttempts, type PackJob, type PackJobs } from './queue.ts';
import { type JobType, kinds } from './states.ts';

export type Bench = Desk & Pick<Shop, 'storage' | 'options'>;

interface Order {
  readonly id: string;
  readonly release_id: string;
  readonly job_type: JobType;
  readonly template: string;
  readonly facts: Facts;
  readonly file: string | null;
}

type PackingJob = Job<PackJob, void>;

/** Releases whose files are kept; the bytes are bounded by the options. */
const maxReleases = 10_000;
/** The largest file of a release. */
const maxFileBytes = (volumeSizesMb.at(-1) as number) * 1_000_000;

export function packHandlers(bench: Bench): Handlers<PackJobs> {
  return {
    pack: async (job) => {
      const { jobId } = job.payload;
      if (!(await bench.db.transaction((tx) => begin(bench, tx, jobId)))) return;
      try {
        await tell(bench, jobId, `Attempt ${job.attempt} begins.`);
        await pack(bench, job, await orderOf(bench, jobId));
      } catch (error) {
        // Called off, too late, or the worker stops: the queue knows what to do.
        if (job.signal.aborted) throw error;
        const { message } = error as Error;
        await tell(bench, jobId, `Attempt ${job.attempt} failed: ${message}`);
        if (!isOurs(error) && job.attempt < packAttempts) throw error;
        await bench.db.transaction((tx) => end(bench, tx, jobId, 'failed', message));
      }
    },
    settle: async () => {
      await settle(bench);
    },
  };
}

/** An error of the book, its options or the disk: the same would happen again, until somebody mends it. */
function isOurs(error: unknown): boolean {
  return error instanceof PalierError && !error.code.startsWith('PALIER_');
}

async function orderOf({ db }: Bench, jobId: string): Promise<Order> {
  const row = await db.query
    .selectFrom('jobs')
    .innerJoin('releases', 'releases.id', 'jobs.release_id')
    .innerJoin('groups', 'groups.id', 'releases.group_id')
    .select(['jobs.id', 'jobs.release_id', 'jobs.job_type', 'jobs.created_at'])
    .select([
      'releases.title',
      'releases.release_metadata',
      'releases.config',
      'releases.file_path',
      'releases.file_bytes',
    ])
    .select('groups.name as group')
    .where('jobs.id', '=', jobId)
    .executeTakeFirst();
  if (row === undefined) throw releasesError('NOT_FOUND', { what: 'The release of this job' });
  const job_type = row.job_type as JobType;
  const facts = factsOf(row, row.created_at.slice(0, 10));
  const options = { ...facts.options, tag: kinds[job_type].tag ?? facts.options.tag };
  return {
    id: row.id,
    release_id: row.release_id,
    job_type,
    template: readConfig(row.config).template,
    facts: { ...facts, options },
    file: row.file_path,
  };
}

async function pack(bench: Bench, job: PackingJob, order: Order): Promise<void> {
  const { db, storage } = bench;
  const { what } = kinds[order.job_type];
  const source = order.file === null ? undefined : await storage.find(order.file);
  if (source === undefined && what === 'whole') throw releasesError('UPLOAD_GONE', {});
  const plan = planRelease(order.facts, order.template, what);
  await tell(bench, order.id, `${plan.directory}: ${plan.volumes.length} volumes of at most ${maxVolumes}.`);
  const stored: string[] = [];
  const kept = new Map<string, string>();
  const sink = {
    write: async (name: string, content: Parameters<typeof storage.receive>[0]) => {
      const incoming = await storage.receive(content, maxFileBytes);
      const path = `${db.newId()}${extname(name)}`;
      stored.push(path);
      kept.set(name, path);
      await storage.keep(incoming, path);
      return { bytes: incoming.bytes, sha256: incoming.sha256 };
    },
  };
  const book = {
    read: (from: number, bytes: number) => createReadStream(source?.path ?? '', { start: from, end: from + bytes - 1 }),
  };
  let told: Promise<void> = Promise.resolve();
  const watch = {
    signal: job.signal,
    wrote: ({ name, bytes }: PackedFile, packedBytes: number): void => {
      job.progress({ packed_bytes: packedBytes, bytes: order.facts.bytes, file: name });
      told = told.then(() => tell(bench, order.id, `${name}: ${bytes} bytes.`)).catch(() => {});
    },
  };
  try {
    const files = await packRelease(plan, book, sink, watch);
    await told;
    const rows = files.map((file) => fileRow(bench, order, plan.directory, file, kept.get(file.name) as string));
    const replaced = await finish(bench, job, order, plan.directory, rows);
    await storage.remove(replaced);
  } catch (error) {
    // Whether the last transaction happened may be unknown: then they may belong to the release. A start removes them when they do not.
    if (!mayHaveHappened(error)) await storage.remove(stored);
    throw error;
  }
  await tell(bench, order.id, 'Done.');
  await trimPacked(bench);
}

function fileRow(
  { db }: Bench,
  order: Order,
  directory: string,
  file: PackedFile,
  file_path: string,
): ReleaseFilesTable {
  const { name, bytes, sha256, crc32 } = file;
  const { release_id, id: job_id } = order;
  return { id: db.newId(), release_id, job_id, directory, name, file_path, bytes, sha256, crc32: hexOf(crc32) };
}

/** The stored names that are the release's no more. Throws the queue's and the database's errors; then nothing has happened. */
function finish(
  bench: Bench,
  job: PackingJob,
  { id, release_id, job_type }: Order,
  directory: string,
  rows: readonly ReleaseFilesTable[],
): Promise<string[]> {
  const { db } = bench;
  const isWhole = kinds[job_type].what === 'whole';
  return db.transaction(function* (tx): Steps<string[]> {
    const before = db.query
      .selectFrom('release_files')
      .select(['id', 'file_path'])
      .where('release_id', '=', release_id);
    const old = yield* tx.all(isWhole ? before : before.where('directory', '=', directory));
    if (old.length > 0) {
      yield* tx.run(
        db.query.deleteFrom('release_files').where(
          'id',
          'in',
          old.map((file) => file.id),
        ),
      );
    }
    yield* tx.run(db.query.insertInto('release_files').values([...rows]));
    if (isWhole) yield* tx.run(db.query.updateTable('releases').set({ name: directory }).where('id', '=', release_id));
    if (!(yield* end(bench, tx, id, 'completed'))) {
      throw releasesError('CONFLICT', { what: 'The job', is: 'called off', expected: 'running' });
    }
    yield* job.finish(tx, undefined);
    return old.map((file) => file.file_path);
  });
}

/** Lets the files of the oldest jobs go when there is more than the limit; they can be packed again. */
async function trimPacked({ db, storage, options }: Bench): Promise<void> {
  const newestFirst = await db.query
    .selectFrom('release_files')
    .select((of) => ['job_id', of.fn.sum<number | bigint | string>('bytes').as('bytes')])
    .groupBy('job_id')
    .orderBy('job_id', 'desc')
    .limit(maxReleases + 200)
    .execute();
  const sums = newestFirst.map(({ job_id, bytes }) => ({ job_id, bytes: Number(bytes) }));
  const surplus = surplusOf(sums, { maxFiles: maxReleases, maxBytes: options.maxPackedBytes });
  for (const { job_id } of surplus) {
    const files = await db.query.selectFrom('release_files').select('file_path').where('job_id', '=', job_id).execute();
    await db.query.deleteFrom('release_files').where('job_id', '=', job_id).execute();
    await storage.remove(files.map((file) => file.file_path));
  }
}
