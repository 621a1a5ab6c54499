/** The sessions of a service: any replica can answer any request. */
export type { CookieOptions } from './cookie.ts';
export { fastifySessions } from './http/fastify.ts';
export { type HttpSessionOptions, sessionOf } from './http/hold.ts';
export { type MigrationPhase, migratingStore, type StoreMigration } from './http/migrate.ts';
export { expressSessions, type SessionHandler, withSession } from './http/node.ts';
export type { OwnerOptions } from './http/owned.ts';
export { type ExpressSessionLike, type SessionStore, sessionStore, type StoreLike } from './http/store.ts';
export type { SessionOptions } from './options.ts';
export type { FieldKey } from './stored/seal.ts';
export type { LoginOptions, Session } from './session.ts';
export { type CommitOptions, Sessions, type SessionSurroundings } from './sessions.ts';
export type { Kept, ListedSession } from './users.ts';
