/** The form of the wizard: who packs, and what kind of release. Pure: what was sent, and what it means or why it does not do. */
import { invalidValue, releasesError } from '../errors.ts';
import { bookTypes, type ReleaseType, releaseTypes } from '../releases/kinds.ts';

export interface WizardForm {
  /** A-Z and 0-9, 2 to 100 of them; upper case whatever was sent. */
  readonly group: string;
  readonly releaseType: ReleaseType;
}

/** `withBook`: the form comes with an EPUB. Throws REQUEST_INVALID, naming the field. */
export function readForm(fields: Readonly<Record<string, unknown>>, withBook: boolean): WizardForm {
  const { group, release_type: type } = fields;
  // Tested before it is folded: the upper case of "ß" would pass as two letters.
  if (typeof group !== 'string' || !/^[A-Za-z0-9]{2,100}$/.test(group)) {
    throw invalidValue('group', group, '2 to 100 letters A-Z and digits');
  }
  const releaseType = releaseTypes.find((known) => typeof type === 'string' && known === type.toUpperCase());
  if (releaseType === undefined) throw invalidValue('release_type', type, `one of ${releaseTypes.join(', ')}`);
  if (withBook) checkHoldsBook(releaseType);
  return { group: group.toUpperCase(), releaseType };
}

/** Throws REQUEST_INVALID: no release of this type can be made of a book. */
export function checkHoldsBook(type: string): void {
  if (!bookTypes.some((known) => known === type)) {
    throw invalidValue('release_type', type, `${bookTypes.join(' or ')} for an EPUB`);
  }
}

/** The fields of a JSON body. Throws REQUEST_INVALID. */
export function fieldsOf(body: unknown): Readonly<Record<string, unknown>> {
  if (typeof body === 'object' && body !== null && !Array.isArray(body))
    return body as Readonly<Record<string, unknown>>;
  throw releasesError('REQUEST_INVALID', { what: 'The body', is: 'no object', expected: 'a JSON object' });
}
