/**
 * What a Redis server's error means for the call: whether it happened, and what has to change before it can.
 *
 * Errors begin with a code word (https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors).
 */

/**
 * - `elsewhere`: another node has the key, or this one is no primary any more: ask who is, and send the call there
 * - `not-yet`: the node loads, fails over or moves the slot: wait a little, and send the call again
 * - `no-script`: send the whole script
 * - `refused`: it stands as it is
 */
export type Refusal = 'elsewhere' | 'not-yet' | 'no-script' | 'refused';

const byWord: Readonly<Record<string, Refusal>> = {
  MOVED: 'elsewhere',
  ASK: 'elsewhere',
  READONLY: 'elsewhere',
  LOADING: 'not-yet',
  MASTERDOWN: 'not-yet',
  CLUSTERDOWN: 'not-yet',
  TRYAGAIN: 'not-yet',
  // A script that runs too long; nobody else is served meanwhile.
  BUSY: 'not-yet',
  NOSCRIPT: 'no-script',
};

/** In none of these cases anything was done: a server checks before it acts, and a script ends at its first error. */
export function refusalOf(message: string): Refusal {
  const [word = ''] = message.split(' ', 1);
  const inScript = /\b(MOVED|READONLY|LOADING|MASTERDOWN|CLUSTERDOWN|OOM)\b/.exec(message)?.[1] ?? '';
  return byWord[word] ?? byWord[inScript] ?? 'refused';
}

/** Whether the server let nobody in with this user, password or database: waiting will not help. */
export function isBarred(message: string): boolean {
  return /^(WRONGPASS|NOAUTH|NOPERM|NOPROTO|ERR)\b/.test(message);
}

/** `MOVED 3999 127.0.0.1:6381` and `ASK …`: where to go. An empty host means the host that was asked. */
export function redirection(
  message: string,
): { readonly slot: number; readonly host: string; readonly port: number } | undefined {
  const match = /^(?:MOVED|ASK) (\d+) (.*):(\d+)$/.exec(message);
  return match === null ? undefined : { slot: Number(match[1]), host: match[2] as string, port: Number(match[3]) };
}
