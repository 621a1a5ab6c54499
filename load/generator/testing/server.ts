/** A server in virtual time behind the wire port: answers what it is told, when it is told. For tests only. */
import type { VirtualTime } from '@palier/testkit/clock';
import type { Dial, WireEvents } from '../client/wire.ts';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly localAddress: string | null;
  /** Which connection of all, from 0, and which request on it, from 0. */
  readonly connection: number;
  readonly nth: number;
  readonly atMs: number;
}

/** What comes back: bytes, `end`: the server closes, or an error code of the system; each after a while. */
export type Reply = readonly { readonly afterMs: number; readonly bytes?: string | Buffer; readonly event?: string }[];

export interface FakeServer {
  readonly dial: Dial;
  readonly asked: readonly Asked[];
  /** Local addresses of all connections that were asked for. */
  readonly dialled: readonly (string | null)[];
}

export interface FakeServerOptions {
  readonly time: VirtualTime;
  readonly answer: (asked: Asked) => Reply;
  /** An error code instead of a connection. */
  readonly refuse?: (connection: number) => string | undefined;
  readonly connectMs?: number;
}

export function ok(afterMs: number, body = 'ok', headers = ''): Reply {
  return [{ afterMs, bytes: `HTTP/1.1 200 OK\r\n${headers}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}` }];
}

export function status(code: number, afterMs = 1, body = ''): Reply {
  return [{ afterMs, bytes: `HTTP/1.1 ${code} Whatever\r\ncontent-length: ${body.length}\r\n\r\n${body}` }];
}

export function fakeServer(options: FakeServerOptions): FakeServer {
  const { time, answer, refuse = () => undefined, connectMs = 1 } = options;
  const asked: Asked[] = [];
  const dialled: (string | null)[] = [];
  const dial: Dial = (localAddress, events) => {
    const connection = dialled.push(localAddress) - 1;
    let live: WireEvents | null = events;
    let nth = 0;
    const later = (afterMs: number, tell: (events: WireEvents) => void): void => {
      time.timers.after(afterMs, () => {
        if (live !== null) tell(live);
      });
    };
    const refusal = refuse(connection);
    later(connectMs, (open) => {
      if (refusal === undefined) open.opened();
      else {
        live = null;
        open.failed(Object.assign(new Error(refusal), { code: refusal }));
      }
    });
    return {
      unsentBytes: 0,
      destroy: () => {
        live = null;
      },
      write: (bytes, rest) => {
        const text = `${Buffer.from(bytes as Uint8Array).toString()}${rest === null ? '' : Buffer.from(rest).toString()}`;
        const request = { ...parse(text), localAddress, connection, nth: nth++, atMs: time.clock.monotonicMs() };
        asked.push(request);
        for (const { afterMs, bytes: out, event } of answer(request)) {
          later(afterMs, (open) => {
            if (out !== undefined) open.data(Buffer.from(out as string), Buffer.from(out as string).length);
            else {
              live = null;
              if (event === 'end') open.ended();
              else open.failed(Object.assign(new Error(event), { code: event }));
            }
          });
        }
      },
    };
  };
  return { dial, asked, dialled };
}

function parse(text: string): Pick<Asked, 'method' | 'path' | 'headers' | 'body'> {
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const [line = '', ...lines] = head.split('\r\n');
  const [method = '', path = ''] = line.split(' ');
  const headers: Record<string, string> = {};
  for (const header of lines) {
    const colon = header.indexOf(':');
    const [name, value] = [header.slice(0, colon), header.slice(colon + 1).trim()];
    // One that comes twice is seen to.
    headers[name] = name in headers ? `${headers[name]}, ${value}` : value;
  }
  return { method, path, headers, body: rest.join('\r\n\r\n') };
}
