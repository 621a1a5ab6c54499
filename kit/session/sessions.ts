/**
 * The sessions of a service, in the state that its replicas share.
 *
 * A request without a cookie of ours costs no call; one with it, a read; a change, one atomic step. What was ended is refused by every replica
 * from the moment at which that was acknowledged, and nothing that was under way brings it back.
 */
import type { Clock } from '@palier/base/clock';
import type { Entropy } from '@palier/base/entropy';
import type { Log } from '@palier/base/log';
import { kitError } from '../errors.ts';
import type { Copies, Keeping, Kv } from '../state/index.ts';
import { away, isAway } from './away.ts';
import { clearedCookie, cookieValues, setCookie } from './cookie.ts';
import { endsAtMs, touchDue } from './lifetime.ts';
import { KeepingWatch } from './keeping.ts';
import { Known } from './known.ts';
import { LabelCounts } from './labels.ts';
import { end } from './procedures/list.ts';
import { type CheckedSessionOptions, checkedSessionOptions, type SessionOptions } from './options.ts';
import { type Answer, create, leave, save, touch, type Word } from './procedures/change.ts';
import { rewrite } from './procedures/rewrite.ts';
import {
  type Changes,
  encodeBody,
  encodeChanges,
  labelsField,
  merged,
  rewritten,
  type SessionRecord,
} from './stored/record.ts';
import { type CodecFor, codecs } from './stored/seal.ts';
import { OpenSession, type Session } from './session.ts';
import {
  generationKey,
  listKey,
  newTicket,
  type SigningKey,
  signingKey,
  tagOf,
  type Ticket,
  verifiedTicket,
} from './ticket.ts';
import { type Kept, type ListedSession, UserSessions } from './users.ts';

export interface SessionSurroundings {
  readonly clock: Clock;
  /** Ids and nonces. */
  readonly entropy: Entropy;
  /** Told what went wrong without being anybody's answer. */
  readonly log: Log;
}

export interface CommitOptions {
  /** When another request changed the same field meanwhile. Default `last`, this save wins; `tell` fails with PALIER_SESSION_CONFLICT, nothing is stored. */
  readonly onConflict?: 'last' | 'tell';
}

const maxRounds = 20;
/** A longer session is not sent whole for a change: its changes are, and the engine merges them. */
const maxWholeBytes = 4096;

interface Written {
  readonly version: number;
  readonly seenMs: number;
  /** The engine's clock. */
  readonly nowMs: number;
}

export class Sessions {
  readonly options: CheckedSessionOptions;
  readonly #kv: Kv;
  readonly #around: SessionSurroundings;
  readonly #signing: readonly SigningKey[];
  readonly #codecOf: CodecFor;
  readonly #known: Known;
  readonly #copies: Copies<Buffer | undefined> | undefined;
  readonly #users: UserSessions;
  readonly #counts: LabelCounts;
  readonly #watch: KeepingWatch;
  /** The engine's clock less ours, by its last answer: lifetimes are judged by the engine's time, whatever this machine's clock says. */
  #engineAheadMs: number | undefined;

  /** Throws PALIER_SESSION_OPTION, PALIER_SESSION_COOKIE. */
  constructor(kv: Kv, around: SessionSurroundings, options: SessionOptions) {
    this.options = checkedSessionOptions(options);
    this.#kv = kv;
    this.#around = around;
    this.#signing = this.options.secrets.map(signingKey);
    this.#codecOf = codecs(this.options.encrypt.fields, this.options.encrypt.keys, around.entropy);
    this.#copies = options.copies;
    const remembers = options.copies !== undefined || this.options.readOnlyForMs > 0;
    this.#known = new Known(remembers ? this.options.maxKnown : 0);
    this.#users = new UserSessions(kv, this.options, (handle, record) => this.#labels(handle, record));
    this.#counts = new LabelCounts(kv, this.options.labels, around.log);
    this.#watch = new KeepingWatch(kv, around.log);
  }

  /** Whether the server may evict or forget sessions, for a health page; warned of in the log, too. Undefined until it has answered. */
  get keeping(): Keeping | undefined {
    return this.#watch.keeping;
  }

  /** The session of a request by its `Cookie` header; one that holds nothing when it has none. Throws PALIER_SESSION_AWAY, PALIER_SESSION_FORMAT. */
  async open(cookieHeader: string | undefined): Promise<Session> {
    const values = cookieValues(cookieHeader, this.options.cookie.name);
    for (const value of values) {
      const ticket = this.#known.ticket(value) ?? verifiedTicket(value, this.#signing);
      if (ticket !== undefined) return this.openTicket(ticket);
    }
    return new OpenSession(values.length > 0, undefined, undefined, this.#codecOf);
  }

  /** For adapters that have ids of their own. */
  async openTicket(ticket: Ticket): Promise<OpenSession> {
    let bytes: Buffer | undefined;
    try {
      bytes = await this.#bytes(ticket.key);
    } catch (error) {
      const last = this.#known.last(ticket, this.#around.clock.monotonicMs(), this.options.readOnlyForMs);
      if (!isAway(error) || last === undefined || !this.#lives(last)) throw away('read', error);
      return Object.assign(new OpenSession(true, ticket, last, this.#codecOf), { readOnly: true });
    }
    if (bytes === undefined) {
      this.#known.forget(ticket);
      return new OpenSession(true, undefined, undefined, this.#codecOf);
    }
    const record = this.#known.seen(ticket, bytes, this.#around.clock.monotonicMs());
    return this.#lives(record)
      ? new OpenSession(true, ticket, record, this.#codecOf)
      : new OpenSession(true, undefined, undefined, this.#codecOf);
  }

  /** For adapters that have ids of their own: one that is to be made there. */
  fresh(ticket: Ticket): OpenSession {
    const open = new OpenSession(true, undefined, undefined, this.#codecOf);
    open.next = ticket;
    return open;
  }

  /** Whether `commit` has a call to make; without one its answer is `cookieFor`'s. */
  due(session: Session): boolean {
    const open = session as OpenSession;
    const plan = open.plan();
    return plan === 'nothing' ? this.#touchDue(open) : plan !== 'forget';
  }

  /**
   * The `Set-Cookie` header that `commit` will ask for, known beforehand for answers whose headers leave before: undefined when the
   * browser's cookie stays as it is.
   */
  cookieFor(session: Session): string | undefined {
    const open = session as OpenSession;
    const { cookie, absoluteMs } = this.options;
    switch (open.plan()) {
      case 'create':
      case 'replace':
        return setCookie(cookie, this.#nextTicket(open).value, cookie.persistent ? absoluteMs : undefined);
      case 'end':
      case 'forget':
        return clearedCookie(cookie);
      default:
        return undefined;
    }
  }

  /**
   * Stores what the request changed; answers the `Set-Cookie` header to send, if any. Throws PALIER_SESSION_AWAY, PALIER_SESSION_GONE,
   * PALIER_SESSION_SIZE, PALIER_SESSION_CONFLICT; then nothing of it is stored, or, when the state went away meanwhile, perhaps.
   */
  async commit(session: Session, options: CommitOptions = {}): Promise<string | undefined> {
    const open = session as OpenSession;
    const plan = open.plan();
    if (open.readOnly && plan !== 'nothing') throw away('changed', 'it was read from what was last known');
    const cookie = this.cookieFor(session);
    try {
      if (plan === 'create' || plan === 'replace') await this.#create(open);
      else if (plan === 'save') await this.#save(open, options.onConflict ?? 'last');
      else if (plan === 'end') await this.#end(open);
      else if (plan === 'nothing') await this.#touch(open);
    } catch (error) {
      throw isAway(error) ? away('stored', error) : error;
    }
    return cookie;
  }

  /** The sessions of a user that live, the one that would end first first. Throws PALIER_SESSION_AWAY. */
  list(user: string): Promise<readonly ListedSession[]> {
    return this.#users.list(user);
  }

  /** Ends one session of the user's; false when the user has none of that handle. Throws PALIER_SESSION_AWAY. */
  end(user: string, handle: string): Promise<boolean> {
    return this.#users.end(user, handle);
  }

  /**
   * Logs the user out everywhere, but for `except` if it is given; answers how many sessions that were. When it resolves none of them is
   * accepted anywhere, and log-ins with an older permit will fail. Repeat it when it throws (PALIER_SESSION_AWAY).
   */
  endEverywhere(user: string, { except }: { readonly except?: Kept } = {}): Promise<number> {
    return this.#users.endEverywhere(user, except);
  }

  /** Taken before a password is looked at, for `login(user, { permit })`. */
  permit(user: string): Promise<number> {
    return this.#users.permit(user);
  }

  /** How many sessions have that label now; those that a crash left behind count until they would have ended. */
  count(label: string, value: string): Promise<number> {
    return this.#counts.count(label, value);
  }

  async #create(open: OpenSession): Promise<void> {
    const ticket = this.#nextTicket(open);
    const old = open.record === undefined ? undefined : open.ticket;
    const user = open.user;
    const fields = open.allFields(ticket.handle);
    const body = encodeBody(user, fields);
    this.#checkSize(body.length + 18, fields.size);
    const sameHome = old !== undefined && old.tag === ticket.tag && open.record?.user === user;
    const keys = [ticket.key, sameHome ? old.key : ticket.key];
    if (user !== undefined) keys.push(listKey(user), generationKey(user));
    const { absoluteMs, idleMs, graceMs, maxPerUser } = this.options;
    const permit = open.permit === undefined ? '' : String(open.permit);
    const args = [absoluteMs, idleMs, graceMs, maxPerUser, ticket.handle, sameHome ? old.handle : '', permit, body];
    let answer = await this.#kv.run(create, keys, args, this.options.lasting);
    for (let round = 0; answer.word === 'full' && round < maxRounds; round++) {
      await this.#users.makeRoom(user as string, answer.names);
      answer = await this.#kv.run(create, keys, args, this.options.lasting);
    }
    this.#must(answer, body.length, () => fields.size);
    if (old !== undefined && !sameHome) {
      // Nothing leads from the old id to the new one, so a failure here leaves a visitor's session and no way in.
      const list = open.record?.user === undefined ? [] : [listKey(open.record.user)];
      this.#learn(await this.#kv.run(leave, [old.key, ...list], [graceMs, old.handle], this.options.lasting));
    }
    if (old !== undefined) {
      this.#known.forget(old);
      await this.#counts.put(old, this.#labels(old.handle, open.record as SessionRecord), 0);
    }
    const { labels } = open;
    const { nowMs } = answer;
    open.settle(ticket, () => ({ phase: 'live', version: 1, createdMs: nowMs, seenMs: nowMs, user, fields }));
    await this.#counts.put(ticket, labels, Math.min(absoluteMs, idleMs));
  }

  async #save(open: OpenSession, onConflict: 'last' | 'tell'): Promise<void> {
    const [ticket, record] = [open.ticket as Ticket, open.record as SessionRecord];
    const changes = open.changes(ticket.handle);
    if (changes.size === 0) return;
    const written =
      (await this.#rewrite(open, record, changes)) ?? (await this.#merge(ticket, record, changes, onConflict));
    const { seenMs, nowMs } = written;
    open.settle(ticket, () => merged({ ...record, version: written.version - 1, seenMs }, changes).record);
    if (!changes.has(labelsField)) return;
    await this.#counts.put(ticket, this.#labels(ticket.handle, record), 0);
    await this.#counts.put(ticket, open.labels, endsAtMs(record.createdMs, seenMs, this.options) - nowMs);
  }

  /** Undefined, and nothing is written: others changed it since it was read, or this use is worth writing down, too. */
  async #rewrite(open: OpenSession, record: SessionRecord, changes: Changes): Promise<Written | undefined> {
    const nowMs = this.#engineNowMs();
    if (nowMs === undefined || this.#touchDue(open)) return undefined;
    const next = rewritten(record, changes);
    if (next === undefined || next.fields > this.options.maxFields) return undefined;
    if (next.bytes.length - next.seen > Math.min(this.options.maxBytes, maxWholeBytes)) return undefined;
    const done = await this.#kv.run(rewrite, [(open.ticket as Ticket).key], [next.seen, next.bytes]);
    return done ? { version: record.version + 1, seenMs: record.seenMs, nowMs } : undefined;
  }

  async #merge(ticket: Ticket, record: SessionRecord, changes: Changes, onConflict: 'last' | 'tell'): Promise<Written> {
    const { absoluteMs, idleMs, maxBytes, maxFields } = this.options;
    const args = [absoluteMs, idleMs, maxBytes, maxFields, onConflict, ticket.handle, encodeChanges(changes)];
    const answer = await this.#kv.run(save, keysOf(ticket, record), args);
    this.#must(answer, answer.number, () => record.fields.size + changes.size);
    return { version: answer.number, seenMs: answer.nowMs, nowMs: answer.nowMs };
  }

  async #end(open: OpenSession): Promise<void> {
    const [ticket, record] = [open.ticket as Ticket, open.record as SessionRecord];
    const { user } = record;
    if (user === undefined) await this.#kv.delete(ticket.key, this.options.lasting);
    else {
      const keys = [listKey(user), generationKey(user), ticket.key];
      await this.#kv.run(end, keys, ['any', 0, ticket.handle], this.options.lasting);
    }
    this.#known.forget(ticket);
    await this.#counts.put(ticket, this.#labels(ticket.handle, record), 0);
    open.settle(undefined, undefined);
  }

  /** A use that cannot be written down is no reason to fail the request. */
  async #touch(open: OpenSession): Promise<void> {
    if (!this.#touchDue(open)) return;
    const [ticket, record] = [open.ticket as Ticket, open.record as SessionRecord];
    const { absoluteMs, idleMs } = this.options;
    try {
      const answer = await this.#kv.run(touch, keysOf(ticket, record), [absoluteMs, idleMs, ticket.handle]);
      this.#learn(answer);
      if (answer.word !== 'done') return;
      open.settle(ticket, { ...record, seenMs: answer.nowMs });
      const leftMs = endsAtMs(record.createdMs, answer.nowMs, this.options) - answer.nowMs;
      await this.#counts.put(ticket, open.labels, leftMs);
    } catch (error) {
      this.#around.log('warn', 'the use of a session was not written down', { reason: String(error) });
    }
  }

  #bytes(key: string): Buffer | undefined | Promise<Buffer | undefined> {
    if (this.#copies === undefined) return this.#kv.get(key);
    const copy = this.#copies.peek(key);
    return copy === undefined ? this.#copies.get(key) : copy.value;
  }

  #touchDue({ ticket, record, readOnly }: OpenSession): boolean {
    if (ticket === undefined || record === undefined || readOnly || record.phase === 'leaving') return false;
    const nowMs = this.#engineNowMs();
    return nowMs === undefined || touchDue(record, nowMs, this.options, this.options.touchEveryMs);
  }

  #nextTicket(open: OpenSession): Ticket {
    // The one of a visitor stays beside the one that it replaces, so that they change places in one step.
    const tag = open.user === undefined ? open.ticket?.tag : tagOf(open.user);
    open.next ??= newTicket(this.#around.entropy, this.#signing[0] as SigningKey, tag);
    return open.next;
  }

  #labels(handle: string, record: SessionRecord): Readonly<Record<string, string>> {
    const stored = record.fields.get(labelsField);
    if (stored === undefined) return {};
    return this.#codecOf(handle).decode(labelsField, stored.value) as Record<string, string>;
  }

  #must(answer: Answer, bytes: number, fields: () => number): void {
    this.#learn(answer);
    switch (answer.word) {
      case 'done':
        return;
      case 'large':
        throw this.#tooLarge(bytes, fields());
      case 'conflict':
        throw kitError('PALIER_SESSION_CONFLICT', { fields: answer.names.map((name) => name || 'labels').join(', ') });
      case 'unknown-format':
        throw kitError('PALIER_SESSION_FORMAT', { format: 'of another version', known: 1 });
      default:
        throw kitError('PALIER_SESSION_GONE', { why: goneBecause[answer.word] ?? 'was ended' });
    }
  }

  #checkSize(bytes: number, fields: number): void {
    if (bytes > this.options.maxBytes || fields > this.options.maxFields) throw this.#tooLarge(bytes, fields);
  }

  #tooLarge(bytes: number, fields: number): Error {
    const { maxBytes, maxFields } = this.options;
    return kitError('PALIER_SESSION_SIZE', { bytes, fields, mostBytes: maxBytes, mostFields: maxFields });
  }

  #learn({ nowMs }: Answer): void {
    this.#engineAheadMs = nowMs - this.#around.clock.monotonicMs();
  }

  #engineNowMs(): number | undefined {
    return this.#engineAheadMs === undefined ? undefined : this.#around.clock.monotonicMs() + this.#engineAheadMs;
  }

  /** The engine lets it expire by itself; this is for copies, and for options that have become stricter. */
  #lives({ createdMs, seenMs }: SessionRecord): boolean {
    const nowMs = this.#engineNowMs();
    return nowMs === undefined || endsAtMs(createdMs, seenMs, this.options) > nowMs;
  }
}

const goneBecause: Partial<Record<Word, string>> = {
  gone: 'was ended meanwhile, or its time is over',
  leaving: 'has another id by now',
  barred: 'belongs to a user who was logged out everywhere meanwhile',
  full: 'belongs to a user who has too many',
};

function keysOf(ticket: Ticket, record: SessionRecord): readonly string[] {
  return record.user === undefined ? [ticket.key] : [ticket.key, listKey(record.user)];
}
