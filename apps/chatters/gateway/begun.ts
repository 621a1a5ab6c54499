/** A sign-in that was begun: good for the browser that began it, for one answer, and for as long as it takes to find a password. */
import { timingSafeEqual } from 'node:crypto';

export interface Begun {
  readonly state: string;
  readonly untilMs: number;
}

/** To read what is asked for, and to find the password. */
const signInMs = 5 * 60_000;

export function begin(state: string, nowMs: number): Begun {
  return { state, untilMs: nowMs + signInMs };
}

/** Whether `given`, which came back from Twitch, answers what was begun. */
export function isAnswered(begun: Begun | undefined, given: string, nowMs: number): begun is Begun {
  if (begun === undefined || begun.untilMs < nowMs) return false;
  const [one, other] = [Buffer.from(begun.state), Buffer.from(given)];
  return one.length === other.length && timingSafeEqual(one, other);
}
