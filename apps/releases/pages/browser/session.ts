/**
 * Who is logged in, kept by the browser until logout: over reloads, in every tab.
 *
 * A script of somebody else could read it; the policy of the pages lets none in.
 */

export interface Login {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly user: { readonly id: string; readonly login: string; readonly name: string };
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
