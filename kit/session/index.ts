/** The sessions of a service: any replica can answer any request. */
export type { CookieOptions } from './cookie.ts';
export type { SessionOptions } from './options.ts';
export type { FieldKey } from './seal.ts';
export type { LoginOptions, Session } from './session.ts';
export { type CommitOptions, type ListedSession, Sessions, type SessionSurroundings } from './sessions.ts';
