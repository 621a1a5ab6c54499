/** The book of this project, for tests and for the load: its own documents, as an EPUB of bounded size. The same documents, the same book. */
import { type Chapter, writeEpub } from '../epub/write.ts';
import type { Document } from './documents.ts';
import { markdownToXhtml, titleOf } from './markdown.ts';

const handbookTitle = 'The Palier Handbook';

/** What a load scenario uploads is at most this large. */
export const handbookMaxBytes: number = 64 * 1024;

/** Text deflates to less than a half; so much text fits without a second try. */
const firstTryCharacters = 2 * handbookMaxBytes;

/** As many documents as fit into `maxBytes`, in their order; at least one page, even when there are none. */
export async function packHandbook(documents: readonly Document[], maxBytes: number): Promise<Buffer> {
  let chapters = chaptersOf(documents, firstTryCharacters);
  for (;;) {
    const book = await writeEpub({
      title: handbookTitle,
      creators: ['The Palier authors'],
      language: 'en',
      publisher: 'Palier',
      date: '2026-01-01',
      identifier: 'urn:palier:handbook',
      description: 'The documents of Palier, packed as a book to be uploaded.',
      subjects: ['Load testing', 'Scaling', 'Node.js'],
      chapters,
    });
    if (book.length <= maxBytes || chapters.length === 1) return book;
    chapters = chapters.slice(0, Math.max(1, Math.floor(chapters.length * 0.8)));
  }
}

function chaptersOf(documents: readonly Document[], maxCharacters: number): Chapter[] {
  const chapters: Chapter[] = [];
  let characters = 0;
  for (const { path, text } of documents) {
    if (characters + text.length > maxCharacters) continue;
    characters += text.length;
    chapters.push({ title: titleOf(text) ?? path, body: markdownToXhtml(text) });
  }
  return chapters.length > 0 ? chapters : [{ title: handbookTitle, body: '<p>There are no documents yet.</p>' }];
}
