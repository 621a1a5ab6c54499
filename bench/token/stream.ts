/** Which token comes with which request: users drawn by Zipf, each with a token that is replaced after so many requests. */
import { createPrivateKey, type JsonWebKey } from 'node:crypto';
import { seededRandom } from '@palier/base/random';
import { type TokenAlgorithm, generateTokenKey } from '@palier/kit/token';
import { type JWK, SignJWT } from 'jose';

export interface Stream {
  readonly algorithm: TokenAlgorithm;
  readonly jwk: JWK;
  readonly tokens: readonly string[];
  /** The tokens of the requests in their order, by number; 32 bits each, base64. */
  readonly order: string;
}

export const issuer = 'https://login.bench';
export const audience = 'bench';
export const keyId = 'bench';
/** Longer than any bench. */
export const lifeMs = 86_400_000;
const users = 1000;
const maxRequests = 2_000_000;

/** Ends when all tokens have been given out. */
export async function drawStream(algorithm: TokenAlgorithm, requestsPerToken: number, count: number): Promise<Stream> {
  const draw = zipf(users);
  const now = Array.from({ length: users }, () => ({ token: -1, left: 0 }));
  const owners: number[] = [];
  const order: number[] = [];
  while (order.length < maxRequests) {
    const user = draw();
    const held = now[user] as { token: number; left: number };
    if (held.left === 0) {
      if (owners.length === count) break;
      held.token = owners.push(user) - 1;
      held.left = requestsPerToken;
    }
    held.left--;
    order.push(held.token);
  }
  const jwk = await generateTokenKey(algorithm);
  const tokens = await signed(algorithm, jwk, owners);
  return { algorithm, jwk, tokens, order: Buffer.from(Uint32Array.from(order).buffer).toString('base64') };
}

/** Each token once, each of a user that nobody has seen. */
export async function streamOfStrangers(algorithm: TokenAlgorithm, count: number): Promise<Stream> {
  const jwk = await generateTokenKey(algorithm);
  const numbers = Array.from({ length: count }, (_, at) => at);
  const tokens = await signed(algorithm, jwk, numbers);
  return { algorithm, jwk, tokens, order: Buffer.from(Uint32Array.from(numbers).buffer).toString('base64') };
}

/** As kit/token writes them after a login; a peer reads nothing of it but what is standard. */
async function signed(algorithm: TokenAlgorithm, jwk: JWK, owners: readonly number[]): Promise<string[]> {
  const key =
    algorithm === 'HS256'
      ? Buffer.from(String(jwk.k), 'base64url')
      : createPrivateKey({ key: jwk as JsonWebKey, format: 'jwk' });
  const iat = Math.floor(Date.now() / 1000);
  const sign = (user: number, at: number): Promise<string> => {
    const id = `${algorithm}${at}`.padEnd(22, 'x');
    const exp = iat + lifeMs / 1000;
    const claims = {
      sub: `user ${user}`,
      iat,
      nbf: iat,
      exp,
      jti: id,
      fam: id,
      gen: [0, 0],
      iss: issuer,
      aud: audience,
    };
    return new SignJWT(claims).setProtectedHeader({ alg: algorithm, typ: 'at+jwt', kid: keyId }).sign(key);
  };
  const tokens: string[] = [];
  const lot = 500;
  for (let first = 0; first < owners.length; first += lot) {
    tokens.push(...(await Promise.all(owners.slice(first, first + lot).map((user, i) => sign(user, first + i)))));
  }
  return tokens;
}

/** The user of rank r comes as often as 1/r. */
function zipf(count: number): () => number {
  const random = seededRandom(7);
  const sums: number[] = [];
  for (let rank = 1, sum = 0; rank <= count; rank++) sums.push((sum += 1 / rank));
  const whole = sums.at(-1) as number;
  return () => {
    const at = random.next() * whole;
    let [low, high] = [0, count - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sums[middle] as number) > at) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}
