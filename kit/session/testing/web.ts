/** Servers on loopback whose sessions are in one state, which a test may take away, and a browser that keeps its cookie. */
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { kitError } from '../../errors.ts';
import { type Kv, openKv } from '../../state/index.ts';
import { Sessions } from '../index.ts';
import { around, secrets } from './scene.ts';

export class Web {
  /** The state does not answer. */
  away = false;
  readonly #kv: Kv;
  readonly #closing: (() => Promise<unknown>)[] = [];

  private constructor(kv: Kv) {
    this.#kv = kv;
  }

  static async open(): Promise<Web> {
    return new Web(await openKv('sqlite::memory:', around));
  }

  /** Those of one replica. */
  sessions(): Sessions {
    const lost = (): Promise<never> =>
      Promise.reject(kitError('PALIER_STATE_LATE', { engine: 'The test', outcome: 'none' }));
    const kv = new Proxy(this.#kv, {
      get: (target, name) => {
        const member = Reflect.get(target, name, target) as unknown;
        if (typeof member !== 'function') return member;
        return this.away && (name === 'get' || name === 'run') ? lost : member.bind(target);
      },
    });
    return new Sessions(kv, around, { secrets });
  }

  async listen(listener: RequestListener): Promise<string> {
    const server = createServer(listener);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.closeAfter(() => new Promise((resolve) => server.close(resolve)));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  closeAfter(close: () => Promise<unknown>): void {
    this.#closing.push(close);
  }

  /** Ends the servers of one test; the state is there again. */
  async tidy(): Promise<void> {
    this.away = false;
    await Promise.all(this.#closing.splice(0).map((close) => close()));
  }

  close(): Promise<void> {
    return this.#kv.close();
  }
}

export interface Seen {
  readonly status: number;
  readonly body: { readonly user: string | null; readonly fields: Readonly<Record<string, string>> };
  readonly cookies: string[];
}

export class WebBrowser {
  cookie = '';

  async get(url: string): Promise<Seen> {
    const answer = await fetch(url, { headers: { cookie: this.cookie } });
    const cookies = answer.headers.getSetCookie();
    for (const one of cookies) {
      if (/^(__Host-session|connect\.sid)=/.test(one))
        this.cookie = one.includes('Max-Age=0') ? '' : (one.split(';', 1)[0] as string);
    }
    return { status: answer.status, body: (await answer.json()) as Seen['body'], cookies };
  }
}
