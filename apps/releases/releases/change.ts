/**
 * Changes and removes a release: by its owner, or by who may manage those of others. One that a job is at work on stays as it is. A title,
 * the words that it is found by and the name are changed together.
 */
import type { Steps, Transaction } from '@palier/kit/state/sql';
import type { Kysely } from 'kysely';
import type { Tables } from '../database/schema.ts';
import { releasesError } from '../errors.ts';
import type { ReleaseType } from './kinds.ts';
import { releaseName } from './naming.ts';
import { titleKey, titleWords } from './words.ts';

/** What is absent stays. */
export interface ReleaseChange {
  readonly title?: string | undefined;
  readonly release_type?: ReleaseType | undefined;
  readonly release_metadata?: object | undefined;
  readonly config?: object | undefined;
}

type Query = Kysely<Tables>;

/** Throws NOT_FOUND, CONFLICT. */
export function* changeRelease(
  tx: Transaction,
  query: Query,
  id: string,
  { title, release_type, release_metadata, config }: ReleaseChange,
  now: string,
): Steps<void> {
  yield* refuseWhileAtWork(tx, query, id);
  const made = query
    .selectFrom('releases')
    .innerJoin('groups', 'groups.id', 'releases.group_id')
    .select(['releases.created_at', 'groups.name as group'])
    .where('releases.id', '=', id);
  const row = yield* tx.first(made);
  if (row === undefined) throw releasesError('NOT_FOUND', { what: 'This release' });
  const titled = title === undefined ? {} : namesOf(title, row);
  const columns = {
    ...titled,
    ...(release_type === undefined ? {} : { release_type }),
    ...(release_metadata === undefined ? {} : { release_metadata: JSON.stringify(release_metadata) }),
    ...(config === undefined ? {} : { config: JSON.stringify(config) }),
    updated_at: now,
  };
  // The row first: two who change it at once wait for each other here, and the words are those of the later title.
  yield* tx.run(query.updateTable('releases').set(columns).where('id', '=', id));
  if (title === undefined) return;
  yield* tx.run(query.deleteFrom('release_words').where('release_id', '=', id));
  const words = titleWords(title).map((word) => ({ word, release_id: id }));
  if (words.length > 0) yield* tx.run(query.insertInto('release_words').values(words));
}

/** The files that it had, to be removed once this is committed. Throws CONFLICT. */
export function* removeRelease(tx: Transaction, query: Query, id: string): Steps<string[]> {
  yield* refuseWhileAtWork(tx, query, id);
  const uploads = yield* tx.all(query.selectFrom('uploads').select('file_path').where('release_id', '=', id));
  const packed = yield* tx.all(query.selectFrom('release_files').select('file_path').where('release_id', '=', id));
  const jobs = query.selectFrom('jobs').select('id').where('release_id', '=', id);
  yield* tx.run(query.deleteFrom('job_logs').where('job_id', 'in', jobs));
  for (const table of ['release_words', 'uploads', 'release_files', 'jobs'] as const) {
    yield* tx.run(query.deleteFrom(table).where('release_id', '=', id));
  }
  yield* tx.run(query.deleteFrom('releases').where('id', '=', id));
  return [...uploads, ...packed].map(({ file_path }) => file_path);
}

function* refuseWhileAtWork(tx: Transaction, query: Query, id: string): Steps<void> {
  const job = yield* tx.first(
    query
      .selectFrom('jobs')
      .select('id')
      .where('release_id', '=', id)
      .where('status', 'in', ['pending', 'running'])
      .limit(1),
  );
  if (job === undefined) return;
  throw releasesError('CONFLICT', { what: 'The release', is: `at work in the job ${job.id}`, expected: 'at rest' });
}

function namesOf(title: string, { group, created_at }: { readonly group: string; readonly created_at: string }) {
  return { title, title_key: titleKey(title), name: releaseName(title, group, created_at) };
}
