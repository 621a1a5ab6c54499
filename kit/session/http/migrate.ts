/**
 * Moves a running service from one store of express-session to another, with a way back at every step.
 *
 *     before   reads the old one, writes both: the new one fills, nothing depends on it
 *     after    reads the new one, the old one for what it has not; writes both: going back to `before` loses nothing
 *     done     only the new one; from here there is no way back without logging out
 *
 * Stay in `after` for the longest life of a session. A session is destroyed in both or the request fails: else going back, or a look into
 * the old one, would bring it back.
 */
import type { ExpressSessionLike, StoreBase, StoreLike } from './store.ts';

export type MigrationPhase = 'before' | 'after' | 'done';

export interface StoreMigration {
  readonly from: StoreLike;
  readonly to: StoreLike;
  /** Asked at each call, so that it can be switched while running. */
  phase(): MigrationPhase;
  /** Told when the store that is not read from did not take a write; the request goes on. */
  missed?(error: unknown): void;
}

type Data = Record<string, unknown>;
type Done<Result = void> = (error?: unknown, result?: Result | null) => void;

export function migratingStore<Base extends object>(
  expressSession: ExpressSessionLike<Base>,
  migration: StoreMigration,
): Base & StoreLike {
  const { from, to } = migration;
  const Base = expressSession.Store as unknown as StoreBase;

  /** Writes to both; only the one that is read from decides. */
  const both = (write: (store: StoreLike, done: Done) => void, done: Done | undefined): void => {
    const phase = migration.phase();
    const [first, second] = phase === 'before' ? [from, to] : [to, phase === 'done' ? undefined : from];
    write(first, (error) => {
      if (error || second === undefined) {
        done?.(error);
        return;
      }
      write(second, (missed) => {
        if (missed) migration.missed?.(missed);
        done?.(null);
      });
    });
  };

  class Store extends Base {
    get(id: string, done: Done<Data>): void {
      const phase = migration.phase();
      if (phase === 'before') {
        from.get(id, done);
        return;
      }
      to.get(id, (error, data) => {
        if (error || data || phase === 'done') {
          done(error, data);
          return;
        }
        from.get(id, (failed, old) => {
          if (failed || !old) {
            done(failed, old);
            return;
          }
          to.set(id, old, (missed) => {
            if (missed) done(missed);
            else to.get(id, done);
          });
        });
      });
    }

    set(id: string, data: Data, done?: Done): void {
      both((store, next) => store.set(id, data, next), done);
    }

    touch(id: string, data: Data, done?: Done): void {
      both((store, next) => (store.touch === undefined ? next() : store.touch(id, data, next)), done);
    }

    destroy(id: string, done?: Done): void {
      const phase = migration.phase();
      to.destroy(id, (error) => {
        if (error || phase === 'done') done?.(error);
        else from.destroy(id, done);
      });
    }

    override createSession(request: unknown, data: Data): Data {
      return migration.phase() === 'before' ? super.createSession(request, data) : to.createSession(request, data);
    }
  }
  return new Store() as StoreLike as Base & StoreLike;
}
