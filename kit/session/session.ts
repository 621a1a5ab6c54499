/**
 * One session as one request sees it: its fields, read when they are asked for, and what the request changes. Nothing here calls anybody;
 * `Sessions` opens it before the request and commits it after.
 */
import { kitError } from '../errors.ts';
import { StoredField } from './stored/fields.ts';
import { type Changes, type FieldChange, labelsField, maxNameBytes, type SessionRecord } from './stored/record.ts';
import type { Codec } from './stored/seal.ts';
import type { Ticket } from './ticket.ts';

export interface LoginOptions {
  /**
   * Of `sessions.permit(user)`, taken before the password was looked at: when the user is logged out everywhere meanwhile, this log-in
   * fails with PALIER_SESSION_GONE.
   */
  readonly permit?: number;
}

/**
 * Values are what MessagePack can hold: null, booleans, numbers, text, bytes, dates, lists, plain objects. A value that was got and then
 * changed in place is not seen as changed: set it.
 */
export interface Session {
  /** Who logged in. */
  readonly user: string | undefined;
  /** It is stored; false for a visitor whose session holds nothing yet. */
  readonly stored: boolean;
  /** The state is away and this is what was last known: changes fail with PALIER_SESSION_AWAY. */
  readonly readOnly: boolean;
  /** This request logged in, renewed or logged out. */
  readonly changesUser: boolean;
  /** Its name in the list of the user's sessions. */
  readonly handle: string | undefined;
  get<Value = unknown>(field: string): Value | undefined;
  set(field: string, value: unknown): void;
  delete(field: string): void;
  fields(): readonly string[];
  /** Shown in the list of devices, and counted where the options say so (`region`). */
  label(name: string, value: string): void;
  readonly labels: Readonly<Record<string, string>>;
  /** From now on of that user, under a new id: what was planted in the browser before is worth nothing. Fields are kept. */
  login(user: string, options?: LoginOptions): void;
  /** A new id for the same user: whenever rights change. */
  renew(): void;
  /** Logs out: it is gone for every replica. */
  end(): void;
}

/** What a commit has to do. */
export type Plan = 'nothing' | 'forget' | 'create' | 'replace' | 'save' | 'end';

const maxUserBytes = 255;
const maxLabels = 8;
const maxLabelBytes = 128;

export class OpenSession implements Session {
  readOnly = false;
  /** The browser sent a cookie of that name. */
  readonly presented: boolean;
  ticket: Ticket | undefined;
  /** A function: what it will be when somebody asks, which most requests do not after their commit. */
  #record: SessionRecord | (() => SessionRecord) | undefined;
  /** Where a new one will be stored; minted when the cookie is first needed. */
  next: Ticket | undefined;
  newUser: string | undefined;
  permit: number | undefined;
  #renewed = false;
  #ended = false;
  /** By name; made with the first. */
  #changed: Map<string, unknown> | undefined;
  #cache: Map<string, unknown> | undefined;
  readonly #codecOf: (handle: string) => Codec;

  constructor(
    presented: boolean,
    ticket: Ticket | undefined,
    record: SessionRecord | undefined,
    codecOf: (handle: string) => Codec,
  ) {
    this.presented = presented;
    this.ticket = ticket;
    this.#record = record;
    this.#codecOf = codecOf;
  }

  get record(): SessionRecord | undefined {
    if (typeof this.#record === 'function') this.#record = this.#record();
    return this.#record;
  }

  get user(): string | undefined {
    return this.newUser ?? this.record?.user;
  }

  get stored(): boolean {
    return this.#record !== undefined;
  }

  get changesUser(): boolean {
    return this.newUser !== undefined || this.#renewed || this.#ended;
  }

  get handle(): string | undefined {
    return this.record === undefined ? undefined : this.ticket?.handle;
  }

  get<Value = unknown>(field: string): Value | undefined {
    if (this.#changed?.has(field)) return this.#changed.get(field) as Value | undefined;
    if (this.#cache?.has(field)) return this.#cache.get(field) as Value;
    const stored = this.record?.fields.get(field);
    if (stored === undefined) return undefined;
    const value = this.#codecOf((this.ticket as Ticket).handle).decode(field, stored.value);
    this.#cache ??= new Map();
    this.#cache.set(field, value);
    return value as Value;
  }

  /** As it was read, a copy of its own at each call. */
  storedValue(field: string): unknown {
    const stored = this.record?.fields.get(field);
    return stored === undefined ? undefined : this.#codecOf((this.ticket as Ticket).handle).decode(field, stored.value);
  }

  set(field: string, value: unknown): void {
    const bytes = Buffer.byteLength(field);
    if (bytes < 1 || bytes > maxNameBytes) {
      throw kitError('PALIER_SESSION_FIELD', {
        field,
        state: `named with ${bytes} bytes`,
        expected: `named with 1 to ${maxNameBytes}`,
      });
    }
    checkText(field, field);
    if (typeof value === 'function' || typeof value === 'symbol') {
      throw kitError('PALIER_SESSION_FIELD', {
        field,
        state: `a ${typeof value}`,
        expected: 'a value that can be stored',
      });
    }
    this.#change(field, value);
  }

  delete(field: string): void {
    if (field !== labelsField) this.#change(field, undefined);
  }

  fields(): readonly string[] {
    const names = new Set(this.record?.fields.keys());
    for (const [name, value] of this.#changed ?? []) {
      if (value === undefined) names.delete(name);
      else names.add(name);
    }
    names.delete(labelsField);
    return [...names];
  }

  get labels(): Readonly<Record<string, string>> {
    return this.get<Record<string, string>>(labelsField) ?? {};
  }

  label(name: string, value: string): void {
    const labels = { ...this.labels, [name]: value };
    if (Object.keys(labels).length > maxLabels || Buffer.byteLength(name) + Buffer.byteLength(value) > maxLabelBytes) {
      const expected = `one of at most ${maxLabels}, of at most ${maxLabelBytes} bytes with its name`;
      throw kitError('PALIER_SESSION_FIELD', { field: name, state: 'a label too many or too long', expected });
    }
    this.#change(labelsField, labels);
  }

  login(user: string, options: LoginOptions = {}): void {
    const bytes = Buffer.byteLength(user);
    if (bytes < 1 || bytes > maxUserBytes) {
      throw kitError('PALIER_SESSION_FIELD', {
        field: 'user',
        state: `of ${bytes} bytes`,
        expected: `of 1 to ${maxUserBytes}`,
      });
    }
    checkText('user', user);
    this.newUser = user;
    this.permit = options.permit;
    this.next = undefined;
    this.#ended = false;
  }

  renew(): void {
    this.#renewed = true;
  }

  end(): void {
    this.#ended = true;
    this.#changed = undefined;
    this.newUser = undefined;
    this.next = undefined;
  }

  /** Pure: what this request did asks for. */
  plan(): Plan {
    if (this.#ended) return this.record === undefined ? (this.presented ? 'forget' : 'nothing') : 'end';
    if (this.record === undefined) {
      const something =
        this.newUser !== undefined || [...(this.#changed?.values() ?? [])].some((value) => value !== undefined);
      if (something) return 'create';
      return this.presented ? 'forget' : 'nothing';
    }
    if (this.newUser !== undefined || this.#renewed) return 'replace';
    return this.#changed === undefined ? 'nothing' : 'save';
  }

  /** What this request changed, as it is stored under that handle. */
  changes(handle: string): Changes {
    const codec = this.#codecOf(handle);
    const changes = new Map<string, FieldChange>();
    for (const [name, value] of this.#changed ?? []) {
      const base = this.record?.fields.get(name)?.version ?? 0;
      if (value === undefined && base === 0) continue;
      changes.set(name, { base, value: value === undefined ? undefined : codec.encode(name, value) });
    }
    return changes;
  }

  /** All fields as they would be stored under another handle. */
  allFields(handle: string): Map<string, StoredField> {
    const codec = this.#codecOf(handle);
    const fields = new Map<string, StoredField>();
    const put = (name: string): unknown => fields.set(name, new StoredField(1, codec.encode(name, this.get(name))));
    for (const name of this.fields()) put(name);
    if (Object.keys(this.labels).length > 0) put(labelsField);
    return fields;
  }

  /** It is stored like that now. */
  settle(ticket: Ticket | undefined, record: SessionRecord | (() => SessionRecord) | undefined): void {
    this.ticket = ticket;
    this.#record = record;
    this.next = undefined;
    this.newUser = undefined;
    this.permit = undefined;
    this.#renewed = false;
    this.#ended = false;
    this.#changed = undefined;
    this.#cache = undefined;
  }

  #change(field: string, value: unknown): void {
    this.#changed ??= new Map();
    this.#changed.set(field, value);
  }
}

/** Halves of surrogate pairs are all written as one sign: two names would become one. */
function checkText(field: string, text: string): void {
  if (text.isWellFormed()) return;
  throw kitError('PALIER_SESSION_FIELD', {
    field,
    state: 'no whole text',
    expected: 'text without halves of surrogate pairs',
  });
}
