/**
 * Sessions as a `Store` of express-session, so that a service changes one line. Its fields are the session's top-level keys: a request that
 * changed one does not write the others back, and one that was under way does not bring back what was destroyed.
 *
 * express-session makes and signs the ids; here they are stored hashed. It knows no users, so there is no log out everywhere:
 * `expressSessions` has it.
 */
import type { OpenSession } from '../session.ts';
import type { Sessions } from '../sessions.ts';
import { foreignTicket } from '../ticket.ts';
import { statusOf } from './hold.ts';
import { PalierError } from '@palier/base/error';

type Data = Record<string, unknown>;
type Done<Result = void> = (error?: unknown, result?: Result | null) => void;

/** What a store of express-session offers: connect-redis' is one, and so is ours. Their own types have `any` where a request's data are. */
export interface StoreLike {
  get(id: string, done: Done<any>): void;
  set(id: string, data: any, done?: Done): void;
  destroy(id: string, done?: Done): void;
  touch?(id: string, data: any, done?: Done): void;
  createSession(request: any, data: any): any;
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
): Base & StoreLike {
  /** What each session object was read from: its changes are told by it. */
  const read = new WeakMap<Data, OpenSession>();
  const Base = expressSession.Store as unknown as StoreBase;

  const stored = async (id: string, data: Data): Promise<OpenSession> =>
    read.get(data) ?? (await sessions.openTicket(foreignTicket(id)));

  class Store extends Base {
    get(id: string, done: Done<Data>): void {
      void answer(done, async () => {
        const session = await sessions.openTicket(foreignTicket(id));
        if (!session.stored) return null;
        const data = Object.fromEntries(session.fields().map((field) => [field, session.storedValue(field)]));
        read.set(data, session);
        return data;
      });
    }

    set(id: string, data: Data, done?: Done): void {
      void answer(done, async () => {
        const plain = JSON.parse(JSON.stringify(data)) as Data;
        const ticket = foreignTicket(id);
        let session = read.get(data);
        if (session?.ticket?.handle !== ticket.handle) session = sessions.fresh(ticket);
        for (const [field, value] of Object.entries(plain)) {
          if (JSON.stringify(session.storedValue(field)) !== JSON.stringify(value)) session.set(field, value);
        }
        for (const field of session.fields()) if (!(field in plain)) session.delete(field);
        await sessions.commit(session);
        read.set(data, session);
      });
    }

    destroy(id: string, done?: Done): void {
      void answer(done, async () => {
        const session = await sessions.openTicket(foreignTicket(id));
        session.end();
        await sessions.commit(session);
      });
    }

    touch(id: string, data: Data, done?: Done): void {
      void answer(done, async () => {
        await sessions.commit(await stored(id, data));
      });
    }

    override createSession(request: unknown, data: Data): Data {
      const session = super.createSession(request, data);
      const from = read.get(data);
      if (from !== undefined) read.set(session, from);
      return session;
    }
  }
  return new Store() as StoreLike as Base & StoreLike;
}

async function answer<Result>(done: Done<Result> | undefined, work: () => Promise<Result | null>): Promise<void> {
  let result: Result | null;
  try {
    result = await work();
  } catch (error) {
    // Ended elsewhere while the request was under way: it stays ended.
    if (error instanceof PalierError && error.code === 'PALIER_SESSION_GONE') done?.(null);
    // Express answers with an error's own status.
    else done?.(error instanceof PalierError ? Object.assign(error, { status: statusOf(error) }) : error);
    return;
  }
  done?.(null, result);
}
