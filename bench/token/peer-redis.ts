/** What a service does without us: jose, its key imported once, and one read of Redis for each request. */
import { createClient } from '@redis/client';
import { importJWK, jwtVerify } from 'jose';
import type { Validator } from './validator.ts';
import { audience, issuer, type Stream } from './stream.ts';

export async function josePeer(url: string, { algorithm, jwk }: Stream): Promise<Validator> {
  // Its default deadline costs it most of its speed and does not hold on the wire: off.
  const client = createClient({ url, commandOptions: { timeout: undefined } } as object);
  await client.connect();
  const { d: _, ...open } = jwk;
  const key = await importJWK(algorithm === 'HS256' ? jwk : open, algorithm);
  const rules = { algorithms: [algorithm], issuer, audience, typ: 'at+jwt', requiredClaims: ['sub', 'exp', 'jti'] };
  return {
    async validate(token) {
      const { payload } = await jwtVerify(token, key, rules);
      if ((await client.get(`revoked:${payload.sub}`)) !== null) throw new Error('revoked');
      return payload.sub as string;
    },
    renew: () => Promise.resolve(),
  };
}
