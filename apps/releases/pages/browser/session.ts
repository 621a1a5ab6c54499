/**
 * Who is logged in, kept by the browser until logout: over reloads, in every tab.
 *
 * A script of somebody else could read it; the policy of the pages lets none in.
 */
import type { Permission } from '../../users/permissions.ts';
import type { Me } from './answers.ts';

export interface Login {
  readonly accessToken: string;
  readonly refreshToken: string;
  /** As the service last said. */
  readonly user: Me;
}

export interface Session {
  /** Null: nobody. Read anew each time, since another tab may have refreshed or logged out. */
  current(): Login | null;
  keep(login: Login): void;
  end(): void;
}

const key = 'releases.login';

export function openSession(storage: Storage): Session {
  return {
    current() {
      try {
        return JSON.parse(storage.getItem(key) ?? 'null');
      } catch {
        return null;
      }
    },
    keep: (login) => storage.setItem(key, JSON.stringify(login)),
    end: () => storage.removeItem(key),
  };
}

/** As far as is known here; the service has the last word. A login of an older page does not say it yet. */
export function may(login: Login | null, permission: Permission): boolean {
  return (login?.user.permissions as Me['permissions'] | undefined)?.includes(permission) === true;
}
