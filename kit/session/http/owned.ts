/**
 * Sessions whose ids somebody else makes, and that belong to users all the same.
 *
 * Such an id says nothing of where the user's list is. So the data stands where the id's hash leads, and names its owner; beside the user's
 * list stands a mark, a session of the user's without fields. The data of a user is believed only while the mark is there: whoever ends that
 * (`endEverywhere`, one device, one session too many) ends the session. A mark is made before the data names its owner and taken away after:
 * what a crash leaves behind between the two is a log-in that did not happen.
 */
import type { OpenSession } from '../session.ts';
import type { Sessions } from '../sessions.ts';
import { foreignTicket, keyOfHandle, tagOf, type Ticket } from '../ticket.ts';

export type Data = Record<string, unknown>;

export interface OwnerOptions {
  /** Who is logged in, by the session's data. Default: nobody, so that there is no list and no log out everywhere. */
  readonly userOf?: (data: any) => string | null | undefined;
  /** For the list of the user's sessions (`device`), and counted where the options of the sessions say so. Default: none. */
  readonly labelsOf?: (data: any) => Readonly<Record<string, string>>;
}

/** One as a request read it. */
export interface Owned {
  readonly data: OpenSession;
  readonly mark: OpenSession | undefined;
}

/** No field that express-session, or who uses it, has. */
const ownerField = '\u0000owner';

export class OwnedSessions {
  readonly #sessions: Sessions;
  readonly #userOf: (data: Data) => string | undefined;
  readonly #labelsOf: (data: Data) => Readonly<Record<string, string>>;

  constructor(sessions: Sessions, { userOf, labelsOf }: OwnerOptions) {
    this.#sessions = sessions;
    this.#userOf = (data) => userOf?.(data) ?? undefined;
    this.#labelsOf = (data) => labelsOf?.(data) ?? {};
  }

  async open(id: string): Promise<Owned | undefined> {
    const ticket = foreignTicket(id);
    const data = await this.#sessions.openTicket(ticket);
    if (!data.stored) return undefined;
    const user = ownerOf(data);
    if (user === undefined) return { data, mark: undefined };
    const mark = await this.#sessions.openTicket(markTicket(user, ticket));
    return mark.user === user ? { data, mark } : undefined;
  }

  /** Its fields, each a copy of its own. */
  fields({ data }: Owned): Data {
    const names = data.fields().filter((name) => name !== ownerField);
    return Object.fromEntries(names.map((name) => [name, data.storedValue(name)]));
  }

  /** `owned`: what the request read; undefined for an id that it made. */
  async save(id: string, owned: Owned | undefined, plain: Data): Promise<Owned> {
    const ticket = foreignTicket(id);
    const data = owned?.data.ticket?.handle === ticket.handle ? owned.data : this.#sessions.fresh(ticket);
    const [before, user] = [ownerOf(data), this.#userOf(plain)];
    const old = data === owned?.data ? owned.mark : undefined;
    const mark = before === user ? old : this.#newMark(ticket, user);
    if (mark !== undefined) {
      for (const [name, label] of Object.entries(this.#labelsOf(plain))) {
        if (mark.labels[name] !== label) mark.label(name, label);
      }
      await this.#sessions.commit(mark);
    }
    if (user !== undefined && before !== user) data.set(ownerField, user);
    if (user === undefined && before !== undefined) data.delete(ownerField);
    for (const [field, value] of Object.entries(plain)) {
      if (JSON.stringify(data.storedValue(field)) !== JSON.stringify(value)) data.set(field, value);
    }
    for (const field of data.fields()) if (field !== ownerField && !(field in plain)) data.delete(field);
    await this.#sessions.commit(data);
    if (old !== mark) await this.#end(old);
    return { data, mark };
  }

  /** Writes down that it was used; one from before `userOf` was given gets its owner. */
  async touch(id: string, owned: Owned, plain: Data): Promise<Owned> {
    if (ownerOf(owned.data) !== this.#userOf(plain)) return this.save(id, owned, plain);
    if (owned.mark !== undefined) await this.#sessions.commit(owned.mark);
    await this.#sessions.commit(owned.data);
    return owned;
  }

  /** The mark last: a failure leaves nothing that is believed. */
  async end(id: string): Promise<void> {
    const owned = await this.open(id);
    await this.#end(owned?.data);
    await this.#end(owned?.mark);
  }

  #newMark(ticket: Ticket, user: string | undefined): OpenSession | undefined {
    if (user === undefined) return undefined;
    const at = markTicket(user, ticket);
    const mark = this.#sessions.fresh(at);
    mark.login(user);
    mark.next = at;
    return mark;
  }

  async #end(session: OpenSession | undefined): Promise<void> {
    if (session === undefined || !session.stored) return;
    session.end();
    await this.#sessions.commit(session);
  }
}

function ownerOf(data: OpenSession): string | undefined {
  return data.storedValue(ownerField) as string | undefined;
}

/** The same handle, beside the list of its user. */
function markTicket(user: string, { value, handle }: Ticket): Ticket {
  const tag = tagOf(user);
  return { value: `${value} of ${user}`, tag, handle, key: keyOfHandle(tag, handle) };
}
