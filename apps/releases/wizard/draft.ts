/**
 * The steps of the wizard. A draft is a release in the state draft: each step changes its row in one transaction, so that any replica can
 * serve the next one, and whoever is killed between two has lost nothing that was answered.
 */
import type { Steps, Transaction } from '@palier/kit/state/sql';
import type { Caller } from '../auth/caller.ts';
import type { ReleasesTable } from '../database/schema.ts';
import { isId } from '../database/ids.ts';
import { mayHaveHappened } from '../database/open.ts';
import { readEpub } from '../epub/read.ts';
import { releasesError } from '../errors.ts';
import { addJob } from '../jobs/desk.ts';
import { readPacking } from '../packing/options.ts';
import { readTemplate } from '../packing/templates.ts';
import { releaseName } from '../releases/naming.ts';
import { titleKey, titleWords } from '../releases/words.ts';
import type { Incoming } from '../storage/storage.ts';
import type { Shop } from '../web/shop.ts';
import { changeMetadata, readConfig, readMetadata, type WizardConfig, writeConfig } from './config.ts';
import { trimUploads } from './create.ts';
import { checkHoldsBook } from './form.ts';

export type Draft = ReleasesTable & { readonly group: string };
export type Step = 'upload' | 'analyze' | 'finalize' | 'packing' | 'done';
type Fields = Readonly<Record<string, unknown>>;
type Whose = Pick<Caller, 'id'>;

/** What a draft may be changed in. */
const editable: readonly string[] = ['draft', 'failed'];

/** The next step; whoever comes back goes on there. */
export function stepOf({ status, file_path, file_sha256, config }: ReleasesTable): Step {
  if (status === 'processing') return 'packing';
  if (status === 'completed') return 'done';
  if (file_path === null) return 'upload';
  return readConfig(config).analyzed === file_sha256 ? 'finalize' : 'analyze';
}

/** Of the caller, or of somebody else whose releases the caller may manage. Throws NOT_FOUND. */
export async function findOwn(shop: Pick<Shop, 'db' | 'rights'>, caller: Whose, id: string): Promise<Draft> {
  const row = isId(id) ? await rowQuery(shop, id).executeTakeFirst() : undefined;
  if (row === undefined || (row.user_id !== caller.id && !(await shop.rights.of(caller.id)).has('releases manage'))) {
    throw releasesError('NOT_FOUND', { what: 'This release' });
  }
  return row;
}

/** Keeps the file as the draft's. Throws what `keep` throws, CONFLICT, DATABASE_BUSY; then the draft has the file that it had. */
export async function attach(shop: Shop, draft: Draft, file: Incoming): Promise<void> {
  const { db, storage } = shop;
  checkHoldsBook(draft.release_type);
  const path = `${db.newId()}.epub`;
  await storage.keep(file, path);
  try {
    const before = await change(shop, draft.id, function* (tx, row) {
      yield* tx.run(db.query.deleteFrom('uploads').where('id', '=', row.id));
      const upload = { id: row.id, release_id: row.id, file_path: path, bytes: file.bytes };
      yield* tx.run(db.query.insertInto('uploads').values(upload));
      return { file_path: path, file_bytes: file.bytes, file_sha256: file.sha256 };
    });
    if (before.file_path !== null) await storage.remove([before.file_path]);
  } catch (error) {
    if (!mayHaveHappened(error)) await storage.remove([path]);
    throw error;
  }
  await trimUploads(shop);
}

/** What the book says of itself becomes the draft's. Throws UPLOAD_GONE, and what `readEpub` throws. */
export async function analyze(shop: Shop, { id, file_path, file_sha256 }: Draft): Promise<void> {
  const found = file_path === null ? undefined : await shop.storage.find(file_path);
  if (found === undefined) throw releasesError('UPLOAD_GONE', {});
  const metadata = await readEpub(found.path).catch((error: NodeJS.ErrnoException) => {
    // It gave way to a newer one after it had been found.
    throw error.code === 'ENOENT' ? releasesError('UPLOAD_GONE', {}, { cause: error }) : error;
  });
  await change(shop, id, function* (tx, row) {
    if (row.file_sha256 !== file_sha256) {
      throw releasesError('CONFLICT', { what: 'The file', is: 'another one by now', expected: 'the same' });
    }
    const title = yield* retitle(shop, tx, row, metadata.title ?? 'Untitled');
    const config = writeConfig({ ...readConfig(row.config), analyzed: file_sha256 });
    return { ...title, release_metadata: JSON.stringify(metadata), config };
  });
}

export async function setMetadata(shop: Shop, id: string, sent: Fields): Promise<void> {
  await change(shop, id, function* (tx, row) {
    const metadata = changeMetadata(readMetadata(row.release_metadata), sent);
    const title = 'title' in sent ? yield* retitle(shop, tx, row, metadata.title ?? 'Untitled') : {};
    return { ...title, release_metadata: JSON.stringify(metadata) };
  });
}

export async function setOptions(shop: Shop, id: string, sent: Fields): Promise<void> {
  await configure(shop, id, (config) => ({ ...config, packing: readPacking(sent, config.packing) }));
}

export async function setTemplate(shop: Shop, id: string, sent: Fields): Promise<void> {
  const template = readTemplate(sent);
  await configure(shop, id, (config) => ({ ...config, template }));
}

/** The draft is at work from now on, and its job in the queue, or neither. Throws CONFLICT. Answers the id of the job. */
export async function finalize(shop: Shop, { id }: Draft, caller: Whose): Promise<string> {
  const job = await shop.queue.transaction(function* (tx) {
    const row = yield* lockedRow(shop, tx, id);
    const step = stepOf(row);
    if (step === 'upload' || step === 'analyze') {
      throw releasesError('CONFLICT', {
        what: 'The draft',
        is: `at the step "${step}"`,
        expected: 'uploaded and analyzed',
      });
    }
    return yield* addJob(shop, tx, { releaseId: id, type: 'pack', by: caller.id });
  });
  return job.id;
}

function configure(shop: Shop, id: string, to: (config: WizardConfig) => WizardConfig): Promise<Draft> {
  // oxlint-disable-next-line require-yield -- a step without a statement of its own
  return change(shop, id, function* (_, row) {
    return { config: writeConfig(to(readConfig(row.config))) };
  });
}

/** Changes the row as it is now; two who change it at once come one after the other. Answers the row before. Throws CONFLICT. */
function change(
  shop: Pick<Shop, 'db' | 'clock'>,
  id: string,
  steps: (tx: Transaction, row: Draft) => Steps<Partial<ReleasesTable>>,
): Promise<Draft> {
  const { db, clock } = shop;
  return db.transaction(function* (tx): Steps<Draft> {
    const row = yield* lockedRow(shop, tx, id);
    if (!editable.includes(row.status)) {
      throw releasesError('CONFLICT', { what: 'The release', is: row.status, expected: editable.join(' or ') });
    }
    const columns = { ...(yield* steps(tx, row)), updated_at: new Date(clock.epochMs()).toISOString() };
    yield* tx.run(db.query.updateTable('releases').set(columns).where('id', '=', id));
    return row;
  });
}

/** Nobody else changes it until the transaction ends. Throws NOT_FOUND. */
function* lockedRow(shop: Pick<Shop, 'db'>, tx: Transaction, id: string): Steps<Draft> {
  // A write of nothing locks the row on every engine, before it is read.
  yield* tx.run(
    shop.db.query
      .updateTable('releases')
      .set((of) => ({ status: of.ref('status') }))
      .where('id', '=', id),
  );
  const row = yield* tx.first(rowQuery(shop, id));
  if (row === undefined) throw releasesError('NOT_FOUND', { what: 'This release' });
  return row;
}

function rowQuery({ db }: Pick<Shop, 'db'>, id: string) {
  return db.query
    .selectFrom('releases')
    .innerJoin('groups', 'groups.id', 'releases.group_id')
    .selectAll('releases')
    .select('groups.name as group')
    .where('releases.id', '=', id);
}

/** Title, the words that it is found by, and the name. */
function* retitle({ db }: Pick<Shop, 'db'>, tx: Transaction, row: Draft, title: string): Steps<Partial<ReleasesTable>> {
  yield* tx.run(db.query.deleteFrom('release_words').where('release_id', '=', row.id));
  const words = titleWords(title).map((word) => ({ word, release_id: row.id }));
  if (words.length > 0) yield* tx.run(db.query.insertInto('release_words').values(words));
  return { title, title_key: titleKey(title), name: releaseName(title, row.group, row.created_at) };
}
