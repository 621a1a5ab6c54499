/** Everything that the application objects to: the status of the answer, what is and what should be, and what to do. */
import { type ErrorMaker, errorMaker, type PalierError } from '@palier/base/error';

export const catalogue = {
  // 400
  REQUEST_INVALID: {
    message: '{what} is {is}; it should be {expected}.',
    hint: 'Mend the request and send it again.',
    retry: 'never',
  },
  REQUEST_UNREADABLE: {
    message: 'The request cannot be read ({reason}); it should be well-formed.',
    hint: 'Check that the body matches its content-type and content-length.',
    retry: 'never',
  },
  UPLOAD_MISSING: {
    message: 'The form has no file; it should have one, in the field "file".',
    hint: 'Send the fields group and release_type first, then the book in the field file.',
    retry: 'never',
  },
  UPLOAD_EMPTY: {
    message: 'The file has 0 bytes; it should be an EPUB.',
    hint: 'Choose the file again; it may not have been copied completely.',
    retry: 'never',
  },
  EPUB_NOT_ZIP: {
    message: 'The file is no readable ZIP ({reason}); an EPUB should be one.',
    hint: 'Open the file with an e-book reader to see whether it is whole.',
    retry: 'never',
  },
  EPUB_NO_PACKAGE: {
    message: 'The ZIP holds no EPUB package ({reason}); META-INF/container.xml should name one.',
    hint: 'Upload the EPUB itself, not an archive that holds it.',
    retry: 'never',
  },
  EPUB_MALFORMED: {
    message: '{part} is not sound ({reason}); it should be well-formed XML.',
    hint: 'Have the book checked by epubcheck, or export it again.',
    retry: 'never',
  },
  EPUB_TOO_LARGE: {
    message: 'The EPUB has {what} {is}; it should have at most {limit}.',
    hint: 'A book within these limits unpacks to a usual size; this file looks made to exhaust memory.',
    retry: 'never',
  },
  EPUB_ENCRYPTED: {
    message: '{part} is encrypted; it should be readable.',
    hint: 'Only books without copy protection can be packed.',
    retry: 'never',
  },
  FETCH_REFUSED: {
    message: 'The address {why}; it should be one of the public internet, by http or https.',
    hint: 'Download the file yourself and upload it.',
    retry: 'never',
  },
  FETCH_FAILED: {
    message: 'The file could not be fetched ({reason}); its address should answer with it.',
    hint: 'Open the address in a browser; or download the file yourself and upload it.',
    retry: 'later',
  },
  UPLOAD_GONE: {
    message: 'The file of the release is not stored any more; it should be.',
    hint: 'Upload it again: the oldest files give way to new ones (MAX_UPLOADS).',
    retry: 'never',
  },
  PACK_TOO_LARGE: {
    message: 'The book of {bytes} bytes does not fit into {maxVolumes} volumes of {volumeMb} MB; it should.',
    hint: 'Choose larger volumes (volume_mb), or none: then the size is chosen for you.',
    retry: 'never',
  },
  // 401
  LOGIN_FAILED: {
    message: 'Login and password do not belong together; both should be those of one account.',
    hint: 'Check the spelling of both.',
    retry: 'never',
  },
  TOKEN_MISSING: {
    message: 'The request has no access token; it should have one in "Authorization: Bearer …".',
    hint: 'POST /api/auth/login gives one.',
    retry: 'never',
  },
  TOKEN_INVALID: {
    message:
      'The access token is not valid ({reason}); it should be one that this service signed, neither expired nor revoked.',
    hint: 'POST /api/auth/refresh gives the next one; after a logout, log in again.',
    retry: 'never',
  },
  REFRESH_INVALID: {
    message: 'The refresh token is not accepted; it should be the last one that this login was given.',
    hint: 'Log in again.',
    retry: 'never',
  },
  // 403, 404, 409, 413, 415
  FORBIDDEN: {
    message: 'The account may not do this; one of its roles should have the permission "{permission}".',
    hint: 'An administrator gives roles to accounts: PUT /api/users/ID.',
    retry: 'never',
  },
  CONFLICT: {
    message: '{what} is {is}; it should be {expected}.',
    hint: 'Look at what is there now, and send what fits it.',
    retry: 'never',
  },
  NOT_FOUND: {
    message: '{what} does not exist; the address should name something that does.',
    hint: 'Check the address; apps/releases/README.md lists the routes.',
    retry: 'never',
  },
  BODY_TOO_LARGE: {
    message: '{what} is larger than {limitBytes} bytes; it should be at most that.',
    hint: 'Send less.',
    retry: 'never',
  },
  MEDIA_TYPE: {
    message: 'The body is {is}; it should be {expected}.',
    hint: 'Set the content-type that fits the body.',
    retry: 'never',
  },
  // 429
  LOGIN_LIMITED: {
    message: 'Too many logins of this account or from this address have failed; there should be fewer.',
    hint: 'Try again in {retryAfterSeconds} s.',
    retry: 'later',
  },
  DRAFTS_LIMITED: {
    message: 'The account has begun {permits} drafts within a minute; it should begin fewer.',
    hint: 'Go on with one of them, or try again in {retryAfterSeconds} s.',
    retry: 'later',
  },
  // 503, 507
  LOGIN_BUSY: {
    message: 'There are {waiting} logins waiting; at most that many should.',
    hint: 'Try again in a second.',
    retry: 'later',
  },
  DATABASE_BUSY: {
    message: 'The database did not take the request now; it should within two seconds.',
    hint: 'Try again. If it was to make something, look first whether it is there.',
    retry: 'later',
  },
  STATE_AWAY: {
    message: 'What the replicas share cannot be asked now; it should answer within half a second.',
    hint: 'Try again in a second. Nobody was refused: whether the token holds could not be told.',
    retry: 'later',
  },
  STORAGE_FULL: {
    message: 'The upload folder has no space left; it should have room for the file.',
    hint: 'Free space on the disk, or lower MAX_UPLOADS.',
    retry: 'later',
  },
  INTERNAL: {
    message: 'The service failed; it should have answered.',
    hint: 'The log of the service has the reason under the request id {requestId}.',
    retry: 'later',
  },
  // At start
  DATABASE_SEEDED: {
    message: 'The database holds the seed "{is}"; it should be empty or hold "{wanted}".',
    hint: 'Take another file, or remove this one.',
    retry: 'never',
  },
  OPTION: {
    message: '{option} is "{is}"; it should be {expected}.',
    hint: 'The options stand in apps/releases/README.md.',
    retry: 'never',
  },
} as const;

export type ReleasesErrorCode = keyof typeof catalogue;

export const releasesError: ErrorMaker<typeof catalogue> = errorMaker(catalogue);

/** Of a value, in an error. */
const maxShown = 60;

/** REQUEST_INVALID of a value that was sent, shown as JSON. */
export function invalidValue(what: string, value: unknown, expected: string, cause?: unknown): PalierError {
  const text = JSON.stringify(value) ?? 'missing';
  const is = text.length > maxShown ? `${text.slice(0, maxShown)}…` : text;
  return releasesError('REQUEST_INVALID', { what, is, expected }, { cause });
}

const statuses: Partial<Record<ReleasesErrorCode, number>> = {
  LOGIN_FAILED: 401,
  TOKEN_MISSING: 401,
  TOKEN_INVALID: 401,
  REFRESH_INVALID: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  UPLOAD_GONE: 409,
  BODY_TOO_LARGE: 413,
  MEDIA_TYPE: 415,
  LOGIN_LIMITED: 429,
  DRAFTS_LIMITED: 429,
  LOGIN_BUSY: 503,
  DATABASE_BUSY: 503,
  STATE_AWAY: 503,
  INTERNAL: 500,
  STORAGE_FULL: 507,
};

/** The status of the answer; 400 for everything that the sender can mend. */
export function statusOf(code: string): number {
  return statuses[code as ReleasesErrorCode] ?? 400;
}
