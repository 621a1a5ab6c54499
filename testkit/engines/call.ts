/** One command to one Redis server, on a connection of its own: for setting up and for looking, never for speed. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';

export type RedisAnswer = string | number | null | readonly RedisAnswer[];

/** A server that is well may take that long on a busy machine. */
const patienceMs = 10_000;

/**
 * RESP2, with TLS when its url says `rediss:` (whoever's certificate it is). Throws what the server answers as an error, and when it does not
 * answer within `timeoutMs`.
 */
export async function redisCall(
  { port, url = '' }: { readonly port: number; readonly url?: string },
  args: readonly string[],
  timeoutMs: number = patienceMs,
): Promise<RedisAnswer> {
  const encrypted = url.startsWith('rediss:');
  const socket = encrypted
    ? connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
    : connect(port, '127.0.0.1');
  try {
    socket.setTimeout(timeoutMs, () =>
      socket.destroy(new Error(`no answer to ${args.join(' ')} within ${timeoutMs} ms`)),
    );
    await once(socket, encrypted ? 'secureConnect' : 'connect');
    socket.write(`*${args.length}\r\n${args.map((arg) => `$${Buffer.byteLength(arg)}\r\n${arg}\r\n`).join('')}`);
    let received = Buffer.alloc(0);
    for await (const chunk of socket) {
      received = Buffer.concat([received, chunk as Buffer]);
      const read = readReply(received, 0);
      if (read !== undefined) {
        if (read.value instanceof Error) throw read.value;
        return read.value;
      }
    }
    throw new Error(`${args.join(' ')}: the connection ended`);
  } finally {
    socket.destroy();
  }
}

interface Read {
  readonly value: RedisAnswer | Error;
  readonly end: number;
}

/** Undefined while it is not whole. */
function readReply(bytes: Buffer, at: number): Read | undefined {
  const lineEnd = bytes.indexOf('\r\n', at);
  if (lineEnd < 0) return undefined;
  const line = bytes.toString('utf8', at + 1, lineEnd);
  const next = lineEnd + 2;
  switch (String.fromCharCode(bytes[at] as number)) {
    case '+':
      return { value: line, end: next };
    case '-':
      return { value: new Error(line), end: next };
    case ':':
      return { value: Number(line), end: next };
    case '$': {
      const length = Number(line);
      if (length < 0) return { value: null, end: next };
      if (bytes.length < next + length + 2) return undefined;
      return { value: bytes.toString('utf8', next, next + length), end: next + length + 2 };
    }
    case '*':
      return readList(bytes, next, Number(line));
    default:
      throw new Error(`no RESP2: ${bytes.toString('latin1', at, at + 20)}`);
  }
}

function readList(bytes: Buffer, at: number, length: number): Read | undefined {
  if (length < 0) return { value: null, end: at };
  const list: RedisAnswer[] = [];
  let end = at;
  for (let i = 0; i < length; i++) {
    const one = readReply(bytes, end);
    if (one === undefined) return undefined;
    if (one.value instanceof Error) return one;
    list.push(one.value);
    end = one.end;
  }
  return { value: list, end };
}
