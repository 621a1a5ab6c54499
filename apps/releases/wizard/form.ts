/** The form of the wizard: who packs, and what kind of release. Pure: what was sent, and what it means or why it does not do. */
import { releasesError } from '../errors.ts';
import { type ReleaseType, releaseTypes } from '../releases/kinds.ts';

export interface WizardForm {
  /** A-Z and 0-9, 2 to 100 of them; upper case whatever was sent. */
  readonly group: string;
  readonly releaseType: ReleaseType;
}

/** The types that a book can be a release of. */
const bookTypes: readonly ReleaseType[] = ['EBOOK', 'DOCS'];

/** `withBook`: the form comes with an EPUB. Throws REQUEST_INVALID, naming the field. */
export function readForm(fields: Readonly<Record<string, unknown>>, withBook: boolean): WizardForm {
  const { group, release_type: type } = fields;
  // Tested before it is folded: the upper case of "ß" would pass as two letters.
  if (typeof group !== 'string' || !/^[A-Za-z0-9]{2,100}$/.test(group)) {
    throw invalid('group', group, '2 to 100 letters A-Z and digits');
  }
  const releaseType = releaseTypes.find((known) => typeof type === 'string' && known === type.toUpperCase());
  if (releaseType === undefined) throw invalid('release_type', type, `one of ${releaseTypes.join(', ')}`);
  if (withBook && !bookTypes.includes(releaseType)) {
    throw invalid('release_type', type, `${bookTypes.join(' or ')} for an EPUB`);
  }
  return { group: group.toUpperCase(), releaseType };
}

function invalid(what: string, value: unknown, expected: string): Error {
  const text = value === undefined ? 'missing' : JSON.stringify(value);
  return releasesError('REQUEST_INVALID', { what, is: text.length > 60 ? `${text.slice(0, 60)}…` : text, expected });
}
