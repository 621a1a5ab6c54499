/**
 * Makes a release out of the form and, if there is one, the book. The rows are written in one transaction; the file gets its final name
 * just before and loses it again when the transaction fails, so that no release points at a file that is not there.
 */
import type { Caller } from '../auth/caller.ts';
import { mayHaveHappened } from '../database/open.ts';
import type { ReleasesTable } from '../database/schema.ts';
import type { BookMetadata } from '../epub/package.ts';
import { releaseName } from '../releases/naming.ts';
import { titleKey, titleWords } from '../releases/words.ts';
import { draftSettings } from '../settings/known.ts';
import { type Incoming, surplusOf } from '../storage/storage.ts';
import type { Shop } from '../web/shop.ts';
import type { WizardForm } from './form.ts';

export interface UploadedBook {
  readonly file: Incoming;
  readonly metadata: BookMetadata;
}

type Row = ReleasesTable;
type Uploads = Pick<Shop, 'db' | 'storage' | 'options'>;

const untitled = 'Untitled';

/** The new release's row. Throws DATABASE_BUSY, STORAGE_FULL. */
export async function createRelease(
  shop: Uploads & Pick<Shop, 'clock' | 'settings'>,
  caller: Pick<Caller, 'id'>,
  form: WizardForm,
  book: UploadedBook | null,
  ruleId: string | null = null,
): Promise<Row> {
  const { db, storage } = shop;
  const groupId = await groupIdOf(shop, form.group);
  const chosen = draftSettings(await shop.settings.all());
  const config = JSON.stringify({ ...chosen, ...(ruleId === null ? {} : { rule_id: ruleId }) });
  const row = { ...rowOf(shop, caller, form, groupId, book), config };
  const statements = [db.query.insertInto('releases').values(row)];
  const words = titleWords(row.title).map((word) => ({ word, release_id: row.id }));
  const more = words.length === 0 ? [] : [db.query.insertInto('release_words').values(words)];
  if (book === null || row.file_path === null) {
    await db.atomically([...statements, ...more]);
    return row;
  }
  const { file_path } = row;
  const upload = { id: row.id, release_id: row.id, file_path, bytes: book.file.bytes };
  await storage.keep(book.file, file_path);
  try {
    await db.atomically([...statements, ...more, db.query.insertInto('uploads').values(upload)]);
  } catch (error) {
    if (!mayHaveHappened(error)) await storage.remove([file_path]);
    throw error;
  }
  return row;
}

/** Lets the oldest uploads go when there are more than the limit. Several replicas may do so at the same time. */
export async function trimUploads({ db, storage, options }: Uploads): Promise<void> {
  // A batch at most, should the limit have been lowered: the rest goes with the next uploads.
  const newestFirst = await db.query
    .selectFrom('uploads')
    .select(['id', 'file_path', 'bytes'])
    .orderBy('id', 'desc')
    .limit(options.maxUploads + 200)
    .execute();
  const surplus = surplusOf(newestFirst, { maxFiles: options.maxUploads, maxBytes: options.maxUploadsBytes });
  if (surplus.length === 0) return;
  const ids = surplus.map((upload) => upload.id);
  // An upload has the id of its release.
  await db.atomically([
    db.query.updateTable('releases').set({ file_path: null }).where('id', 'in', ids),
    db.query.deleteFrom('uploads').where('id', 'in', ids),
  ]);
  await storage.remove(surplus.map((upload) => upload.file_path));
}

/** Removes kept files that no row names: a process was killed between the file and its row, or the database is another one. */
export async function removeStrays({ db, storage }: Pick<Shop, 'db' | 'storage'>): Promise<number> {
  const settled = await storage.settled();
  const strays: string[] = [];
  for (let i = 0; i < settled.length; i += 500) {
    const names = settled.slice(i, i + 500);
    const known = new Set<string>();
    for (const table of ['uploads', 'release_files'] as const) {
      const rows = await db.query.selectFrom(table).select('file_path').where('file_path', 'in', names).execute();
      for (const row of rows) known.add(row.file_path);
    }
    strays.push(...names.filter((name) => !known.has(name)));
  }
  await storage.remove(strays);
  return strays.length;
}

function rowOf(
  { db, clock }: Pick<Shop, 'db' | 'clock'>,
  caller: Pick<Caller, 'id'>,
  form: WizardForm,
  groupId: string,
  book: UploadedBook | null,
): Omit<Row, 'config'> {
  const id = db.newId();
  const now = new Date(clock.epochMs()).toISOString();
  const title = book?.metadata.title ?? untitled;
  return {
    id,
    user_id: caller.id,
    group_id: groupId,
    release_type: form.releaseType,
    status: 'draft',
    title,
    title_key: titleKey(title),
    name: releaseName(title, form.group, now),
    release_metadata: JSON.stringify(book?.metadata ?? {}),
    file_path: book === null ? null : `${id}.epub`,
    file_bytes: book?.file.bytes ?? null,
    file_sha256: book?.file.sha256 ?? null,
    created_at: now,
    updated_at: now,
  };
}

/** The id of a group, which is made when there is none of that name. */
async function groupIdOf({ db }: Pick<Shop, 'db'>, name: string): Promise<string> {
  const find = async (): Promise<string | undefined> =>
    (await db.query.selectFrom('groups').select('id').where('name', '=', name).executeTakeFirst())?.id;
  const known = await find();
  if (known !== undefined) return known;
  const id = db.newId();
  try {
    await db.query.insertInto('groups').values({ id, name }).execute();
    return id;
  } catch (error) {
    // Another replica may have made it meanwhile; the name is unique.
    const made = await find();
    if (made === undefined) throw error;
    return made;
  }
}
