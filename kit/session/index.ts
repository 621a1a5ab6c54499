/** The sessions of a service: any replica can answer any request. */
export type { CookieOptions } from './cookie.ts';
export { fastifySessions } from './http/fastify.ts';
export { type HttpSessionOptions, sessionOf } from './http/hold.ts';
export { type MigrationPhase, migratingStore, type StoreMigration } from './http/migrate.ts';
export { expressSessions, type SessionHandler, withSession } from './http/node.ts';
export { type ExpressSessionLike, sessionStore, type StoreLike } from './http/store.ts';
export type { SessionOptions } from './options.ts';
export type { FieldKey } from './seal.ts';
export type { LoginOptions, Session } from './session.ts';
export { type CommitOptions, type ListedSession, Sessions, type SessionSurroundings } from './sessions.ts';
