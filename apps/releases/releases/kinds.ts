/** What a release can be, and how far it can be. */

export const releaseTypes = ['EBOOK', 'TV', 'DOCS', 'AUDIOBOOK', 'GAME'] as const;
export type ReleaseType = (typeof releaseTypes)[number];
/** Those that a book can be a release of. */
export const bookTypes: readonly ReleaseType[] = ['EBOOK', 'DOCS'];

/** `draft` when made by the wizard; the others are reached by packing it. */
export const releaseStatuses = ['draft', 'processing', 'completed', 'failed'] as const;
export type ReleaseStatus = (typeof releaseStatuses)[number];
