/** Everything that the application objects to: the status of the answer, what is and what should be, and what to do. */
import { type ErrorMaker, errorMaker } from '@palier/base/error';

export const catalogue = {
  REQUEST_INVALID: {
    message: '{what} is {is}; it should be {expected}.',
    hint: 'Mend the request and send it again.',
    retry: 'never',
  },
  NOT_FOUND: {
    message: 'There is nothing at {what}; there should be a page or a thing of yours.',
    hint: 'Go back to the list and choose it there: it may have been deleted.',
    retry: 'never',
  },
  // Twitch
  TWITCH_CONSENT: {
    message: 'Twitch does not believe the consent of this user any more ({reason}); it should.',
    hint: 'Sign in again.',
    retry: 'never',
  },
  TWITCH_FORBIDDEN: {
    message:
      'Twitch does not let this user see that channel ({reason}); the user should be its broadcaster or a moderator of it.',
    hint: 'Ask the broadcaster to make you a moderator.',
    retry: 'never',
  },
  TWITCH_REFUSED: {
    message: 'Twitch does not take the request ({reason}); it should be as its reference says.',
    hint: 'A cursor that is too old is refused like this: begin again at the first page.',
    retry: 'now',
  },
  TWITCH_AWAY: {
    message: 'Twitch did not answer as it should ({reason}); it should within {timeoutMs} ms.',
    hint: 'Try again in a minute.',
    retry: 'later',
  },
  TWITCH_BUSY: {
    message: 'The points that Twitch gives this user are used up; there should be one within {maxWaitMs} ms.',
    hint: 'They come back at {perMinute} a minute: try again in a minute.',
    retry: 'later',
  },
  // Captures
  CAPTURE_EMPTY: {
    message: 'Twitch told of {total} people in the chat and listed none; it should list them.',
    hint: 'It is asked again by itself.',
    retry: 'later',
  },
  CAPTURES_MANY: {
    message: '{count} captures of yours are under way; there should be {most} at most.',
    hint: 'Wait until one of them is done.',
    retry: 'later',
  },
  SIGN_IN: {
    message: 'The sign-in is not one that began in this browser within the last minutes; it should be.',
    hint: 'Begin it again.',
    retry: 'never',
  },
  SUMMARY_AWAY: {
    message: 'The analysis did not answer as it should ({reason}); it should within {timeoutMs} ms.',
    hint: 'Try again in a minute; the captures are kept.',
    retry: 'later',
  },
  STATE_AWAY: {
    message: 'What the replicas share cannot be asked now; it should answer within half a second.',
    hint: 'Try again in a second.',
    retry: 'later',
  },
  INTERNAL: {
    message: 'The service failed; it should have answered.',
    hint: 'The log of the service has the reason under the request id {requestId}.',
    retry: 'later',
  },
  // At start
  OPTION: {
    message: '{option} is {is}; it should be {expected}.',
    hint: 'Set it in the environment of the process, or leave it out for its default.',
    retry: 'never',
  },
} as const;

export type ChattersErrorCode = keyof typeof catalogue;

export const chattersError: ErrorMaker<typeof catalogue> = errorMaker(catalogue);

const statuses: Partial<Record<ChattersErrorCode, number>> = {
  NOT_FOUND: 404,
  TWITCH_CONSENT: 401,
  TWITCH_FORBIDDEN: 403,
  TWITCH_REFUSED: 409,
  TWITCH_AWAY: 502,
  TWITCH_BUSY: 503,
  CAPTURE_EMPTY: 502,
  CAPTURES_MANY: 429,
  SUMMARY_AWAY: 502,
  STATE_AWAY: 503,
  INTERNAL: 500,
};

/** The status of the answer; 400 for everything that the sender can mend. */
export function statusOf(code: string): number {
  return statuses[code as ChattersErrorCode] ?? 400;
}
