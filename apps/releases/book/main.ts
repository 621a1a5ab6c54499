/** Packs the handbook into the file that BOOK_FILE names (`handbook.epub` in DATA_DIR), for the load scenarios to upload. */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { findDocuments } from './documents.ts';
import { handbookMaxBytes, packHandbook } from './handbook.ts';

const file = process.env['BOOK_FILE'] || `${process.env['DATA_DIR'] || 'data'}/handbook.epub`;
const repository = resolve(import.meta.dirname, '..', '..', '..');
const book = await packHandbook(await findDocuments(repository), handbookMaxBytes);
await mkdir(dirname(file), { recursive: true });
// Renamed into place: two at once leave a whole book.
const arriving = `${file}.${process.pid}`;
await writeFile(arriving, book);
await rename(arriving, file);
console.log(`packed ${book.length} bytes into ${file}`);
