/**
 * Sessions as a `Store` of express-session, so that a service changes one line. Its fields are the session's top-level keys: a request that
 * changed one does not write the others back, and one that was under way does not bring back what was destroyed.
 *
 * express-session makes and signs the ids; here they are stored hashed. It knows no users: `userOf` says by the session's data who is logged
 * in, and then there are the list of the user's sessions and log out everywhere.
 */
import { PalierError } from '@palier/base/error';
import type { Sessions } from '../sessions.ts';
import { foreignTicket } from '../ticket.ts';
import { statusOf } from './hold.ts';
import { type Data, type Owned, OwnedSessions, type OwnerOptions } from './owned.ts';

type Done<Result = void> = (error?: unknown, result?: Result | null) => void;

/** What a store of express-session offers: connect-redis' is one, and so is ours. Their own types have `any` where a request's data are. */
export interface StoreLike {
  get(id: string, done: Done<any>): void;
  set(id: string, data: any, done?: Done): void;
  destroy(id: string, done?: Done): void;
  touch?(id: string, data: any, done?: Done): void;
  createSession(request: any, data: any): any;
}

export interface SessionStore extends StoreLike {
  /** What the list of the user's sessions calls the one with that `request.sessionID`: this device's, to keep it or to mark it. */
  handleOf(id: string): string;
}

/** What its base class has already. */
export type StoreBase = new () => { createSession(request: unknown, data: Data): Data };

/** The express-session module, or what has its `Store`. */
export interface ExpressSessionLike<Base extends object> {
  readonly Store: abstract new () => Base;
}

/** `session({ store: sessionStore(session, sessions), … })`, with `session` from express-session. */
export function sessionStore<Base extends object>(
  expressSession: ExpressSessionLike<Base>,
  sessions: Sessions,
  options: OwnerOptions = {},
): Base & SessionStore {
  const owned = new OwnedSessions(sessions, options);
  /** What each session object was read from: its changes are told by it. */
  const read = new WeakMap<Data, Owned>();
  const Base = expressSession.Store as unknown as StoreBase;

  class Store extends Base {
    get(id: string, done: Done<Data>): void {
      void answer(done, async () => {
        const one = await owned.open(id);
        if (one === undefined) return null;
        const data = owned.fields(one);
        read.set(data, one);
        return data;
      });
    }

    set(id: string, data: Data, done?: Done): void {
      void answer(done, async () => {
        const plain = JSON.parse(JSON.stringify(data)) as Data;
        read.set(data, await owned.save(id, read.get(data), plain));
      });
    }

    destroy(id: string, done?: Done): void {
      void answer(done, () => owned.end(id));
    }

    touch(id: string, data: Data, done?: Done): void {
      void answer(done, async () => {
        const one = read.get(data) ?? (await owned.open(id));
        if (one !== undefined) read.set(data, await owned.touch(id, one, data));
      });
    }

    handleOf(id: string): string {
      return foreignTicket(id).handle;
    }

    override createSession(request: unknown, data: Data): Data {
      const session = super.createSession(request, data);
      const from = read.get(data);
      if (from !== undefined) read.set(session, from);
      return session;
    }
  }
  return new Store() as SessionStore as Base & SessionStore;
}

async function answer<Result>(
  done: Done<Result> | undefined,
  work: () => Promise<Result | null | void>,
): Promise<void> {
  let result: Result | null | void;
  try {
    result = await work();
  } catch (error) {
    // Ended elsewhere while the request was under way: it stays ended.
    if (error instanceof PalierError && error.code === 'PALIER_SESSION_GONE') done?.(null);
    // Express answers with an error's own status.
    else done?.(error instanceof PalierError ? Object.assign(error, { status: statusOf(error) }) : error);
    return;
  }
  done?.(null, result ?? null);
}
