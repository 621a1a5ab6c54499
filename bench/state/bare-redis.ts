/** The peer: @redis/client by itself, set as fast as it can be (no deadlines: its own would cost five times as much), values as bytes. */
import { createHash } from 'node:crypto';
import { createClient, RESP_TYPES } from '@redis/client';

export interface Bare extends AsyncDisposable {
  get(key: string): Promise<unknown>;
  set(key: string, value: string): Promise<unknown>;
  add(key: string): Promise<unknown>;
  /** A write with a question of its own whether `replicas` have it: as it is done by hand. */
  setAndWait(key: string, value: string, replicas: number): Promise<unknown>;
}

const script = `return {redis.call('INCRBY', KEYS[1], ARGV[1])}`;

export async function openBare(url: string): Promise<Bare> {
  const client = createClient({
    url,
    RESP: 3,
    commandOptions: { timeout: 0, typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } },
  });
  client.on('error', () => {});
  await client.connect();
  await client.scriptLoad(script);
  const sha = createHash('sha1').update(script).digest('hex');
  return {
    get: (key) => client.get(key),
    set: (key, value) => client.set(key, value),
    add: (key) => client.evalSha(sha, { keys: [key], arguments: ['1'] }),
    setAndWait: (key, value, replicas) => Promise.all([client.set(key, value), client.wait(replicas, 1000)]),
    [Symbol.asyncDispose]: () => client.close(),
  };
}
