/** What the database holds: one interface for each table. Times are milliseconds since 1970. */

export interface Tables {
  users: UserRow;
  consents: ConsentRow;
  collections: CollectionRow;
  captures: CaptureRow;
  capture_chatters: CaptureChatterRow;
  accounts: AccountRow;
  account_names: AccountNameRow;
}

/** Who signed in at least once. */
export interface UserRow {
  /** Twitch's. */
  readonly id: string;
  readonly login: string;
  readonly display_name: string;
  readonly signed_in_at: number;
}

/** What Twitch gave a user's consent as: sealed. Gone when the user has signed out and no capture needs it any more. */
export interface ConsentRow {
  readonly user_id: string;
  readonly sealed: string;
  /** When the access token inside ends. */
  readonly expires_at: number;
  /** Another with each change, so that of two who renew at once one wins. */
  readonly turn: number;
  /** Null: signed in. */
  readonly signed_out_at: number | null;
}

export type CollectionState = 'active' | 'saved' | 'expired';

/** Captures that belong together, from one evening mostly. */
export interface CollectionRow {
  readonly id: string;
  readonly user_id: string;
  readonly state: CollectionState;
  readonly created_at: number;
  /** An active one ends then. */
  readonly expires_at: number;
}

export type CaptureState = 'waiting' | 'reading' | 'enriching' | 'done' | 'failed';

/** The chatters of one channel, read once. */
export interface CaptureRow {
  readonly id: string;
  readonly collection_id: string;
  readonly user_id: string;
  readonly broadcaster_id: string;
  readonly broadcaster_login: string;
  readonly state: CaptureState;
  readonly created_at: number;
  readonly done_at: number | null;
  /** As Twitch told at the first page, for the progress. */
  readonly expected: number;
  readonly chatters: number;
  /** Of them: accounts that nobody had seen before. */
  readonly new_accounts: number;
  /** Of them: asked for, and told or gone. */
  readonly enriched: number;
  /** Why it failed, for people. */
  readonly reason: string | null;
}

export interface CaptureChatterRow {
  readonly capture_id: string;
  readonly account_id: string;
}

/** What is known of an account, whoever saw it first. */
export interface AccountRow {
  readonly id: string;
  readonly login: string;
  readonly display_name: string;
  readonly first_seen_at: number;
  readonly last_seen_at: number;
  /** When it was opened; null: not asked for yet, or gone. */
  readonly created_at: number | null;
  readonly broadcaster_type: string;
  /** When Twitch was asked last; null: never. */
  readonly fetched_at: number | null;
  /** 1: Twitch knows it no more. */
  readonly gone: number;
}

/** Each login that an account was seen with. */
export interface AccountNameRow {
  readonly account_id: string;
  readonly login: string;
  readonly first_seen_at: number;
}
