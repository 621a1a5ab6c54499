/**
 * Asks the service, for the account that is logged in. An access token that is over is refreshed once, for all requests that wait; a login
 * that is over ends the session.
 */
import type { Me } from './answers.ts';
import type { Login, Session } from './session.ts';

/** What the service objects to, or why it could not be asked. */
export class Fault extends Error {
  /** As in errors.ts of the service; `OFFLINE` when it was not reached. */
  readonly code: string;
  readonly hint: string;
  /** 0 when it was not reached. */
  readonly status: number;

  constructor({ code, message, hint, status }: Pick<Fault, 'code' | 'message' | 'hint' | 'status'>) {
    super(message);
    this.code = code;
    this.hint = hint;
    this.status = status;
  }
}

export interface Upload {
  /** From 0 to 1, of what was sent. */
  readonly onProgress: (share: number) => void;
  readonly signal: AbortSignal;
}

export interface Api {
  /** `path` begins after `/api`. Rejects with a Fault. */
  get<Answer>(path: string, signal?: AbortSignal): Promise<Answer>;
  send<Answer>(method: 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<Answer>;
  /** A form with a file, sent with its progress told. */
  upload<Answer>(path: string, form: FormData, upload: Upload): Promise<Answer>;
  /** A file of the service, whole. */
  file(path: string, signal?: AbortSignal): Promise<Blob>;
  logIn(login: string, password: string): Promise<void>;
  /** As the service knows the account now; the login keeps it. */
  whoAmI(): Promise<Me>;
  logOut(): Promise<void>;
  /** The other logins of the account end; this one goes on. Rejects with a Fault. */
  changePassword(password: string, next: string): Promise<void>;
  /** Ends every login of the account, this one last. Rejects with a Fault; then none is known to be over. */
  logOutEverywhere(): Promise<void>;
}

interface TokenAnswer {
  readonly access_token: string;
  readonly refresh_token: string;
}

/** What was answered, by fetch or by an upload. */
interface Answered {
  readonly status: number;
  readonly text: string;
}

type Ask<Got> = (accessToken: string) => Promise<Got>;

/** `ended` is called when the service has ended the login. */
export function createApi(session: Session, ended: () => void): Api {
  let refreshing: Promise<Login> | undefined;

  const refresh = async (old: Login): Promise<Login> => {
    const { text } = await exchange('/auth/refresh', json('POST', { refresh_token: old.refreshToken }));
    const login = { ...tokensOf(text), user: old.user };
    session.keep(login);
    return login;
  };

  /** Asks once more with a new token when the old one was refused. */
  const asUser = async <Got>(ask: Ask<Got>): Promise<Got> => {
    const login = session.current();
    if (login === null) throw loggedOut();
    try {
      return await ask(login.accessToken);
    } catch (error) {
      if (!(error instanceof Fault) || error.status !== 401) throw error;
    }
    // Another tab may have done it meanwhile; the service answers both with the same pair.
    refreshing ??= refresh(session.current() ?? login).finally(() => (refreshing = undefined));
    try {
      return await ask((await refreshing).accessToken);
    } catch (error) {
      if (error instanceof Fault && error.status === 401) {
        session.end();
        ended();
      }
      throw error;
    }
  };

  const answer = async <Answer>({ text }: Answered): Promise<Answer> => JSON.parse(text === '' ? 'null' : text);
  return {
    get: (path, signal) => asUser((token) => exchange(path, { signal: signal ?? null }, token)).then(answer<never>),
    send: (method, path, body) => asUser((token) => exchange(path, json(method, body), token)).then(answer<never>),
    upload: (path, form, upload) => asUser((token) => sendForm(path, form, upload, token)).then(answer<never>),
    file: (path, signal) => asUser(async (token) => (await reach(path, { signal: signal ?? null }, token)).blob()),
    async logIn(login, password) {
      const tokens = tokensOf((await exchange('/auth/login', json('POST', { login, password }))).text);
      session.keep({ ...tokens, user: await meOf(tokens.accessToken) });
    },
    async whoAmI() {
      const me = await asUser(meOf);
      const login = session.current();
      // Not somebody who logged out, or in as another, meanwhile.
      if (login?.user.id === me.id) session.keep({ ...login, user: me });
      return me;
    },
    async logOut() {
      const login = session.current();
      session.end();
      if (login !== null) await exchange('/auth/logout', json('POST', { refresh_token: login.refreshToken }));
    },
    async changePassword(password, next) {
      const change = json('PUT', { password, new_password: next });
      const { text } = await asUser((token) => exchange('/auth/password', change, token));
      const login = session.current();
      if (login !== null) session.keep({ ...tokensOf(text), user: login.user });
    },
    async logOutEverywhere() {
      await asUser((token) => exchange('/auth/logout-everywhere', { method: 'POST' }, token));
      session.end();
      ended();
    },
  };
}

function tokensOf(text: string): Pick<Login, 'accessToken' | 'refreshToken'> {
  const { access_token, refresh_token }: TokenAnswer = JSON.parse(text);
  return { accessToken: access_token, refreshToken: refresh_token };
}

async function meOf(token: string): Promise<Me> {
  return JSON.parse((await exchange('/auth/me', {}, token)).text);
}

function json(method: string, body: unknown): RequestInit {
  if (body === undefined) return { method };
  return { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

async function exchange(path: string, init: RequestInit, token?: string): Promise<Answered> {
  const response = await reach(path, init, token);
  return { status: response.status, text: await response.text() };
}

/** A response that is no fault. */
async function reach(path: string, init: RequestInit, token?: string): Promise<Response> {
  const headers = new Headers(init.headers);
  if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
  let response: Response;
  try {
    response = await fetch(`/api${path}`, { ...init, headers });
  } catch (error) {
    throw (error as Error).name === 'AbortError' ? error : offline();
  }
  if (response.ok) return response;
  throw faultOf({ status: response.status, text: await response.text() });
}

/** fetch() tells no progress of what it sends. */
function sendForm(path: string, form: FormData, { onProgress, signal }: Upload, token: string): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', `/api${path}`);
    request.setRequestHeader('authorization', `Bearer ${token}`);
    request.upload.addEventListener('progress', ({ loaded, total }) => onProgress(total === 0 ? 1 : loaded / total));
    request.addEventListener('load', () => {
      const answered = { status: request.status, text: request.responseText };
      if (request.status >= 200 && request.status < 300) resolve(answered);
      else reject(faultOf(answered));
    });
    request.addEventListener('error', () => reject(offline()));
    request.addEventListener('abort', () => reject(new DOMException('The upload was cancelled', 'AbortError')));
    signal.addEventListener('abort', () => request.abort(), { once: true });
    request.send(form);
  });
}

function faultOf({ status, text }: Answered): Fault {
  try {
    const { error, message, hint } = JSON.parse(text);
    return new Fault({ code: String(error), message: String(message), hint: String(hint ?? ''), status });
  } catch {
    // Not our service: a balancer between, or one that is starting.
    return new Fault({ code: 'OFFLINE', message: `The service answered ${status}.`, hint: 'Try again.', status });
  }
}

export function offline(): Fault {
  return new Fault({ code: 'OFFLINE', message: 'The service was not reached.', hint: 'Try again.', status: 0 });
}

function loggedOut(): Fault {
  return new Fault({ code: 'TOKEN_MISSING', message: 'Nobody is logged in.', hint: 'Log in.', status: 401 });
}
