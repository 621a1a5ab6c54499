import { createHmac, createSecretKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { compactVerify, SignJWT } from 'jose';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isSigned, type TokenAlgorithm } from './signature.ts';

const algorithms: readonly TokenAlgorithm[] = ['EdDSA', 'ES256', 'RS256', 'HS256'];
const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

interface Pair {
  readonly signing: KeyObject;
  readonly open: KeyObject;
}

function pair(algorithm: TokenAlgorithm, seed: number): Pair {
  if (algorithm === 'HS256') {
    const secret = createSecretKey(Buffer.alloc(32, seed));
    return { signing: secret, open: secret };
  }
  const { privateKey, publicKey } = {
    EdDSA: () => generateKeyPairSync('ed25519'),
    ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    RS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  }[algorithm]();
  return { signing: privateKey, open: publicKey };
}

const pairs = Object.fromEntries(algorithms.map((one) => [one, pair(one, 1)])) as Record<TokenAlgorithm, Pair>;
const others = Object.fromEntries(algorithms.map((one) => [one, pair(one, 2)])) as Record<TokenAlgorithm, Pair>;
const claims = fc.record({ sub: fc.string({ unit: 'binary-ascii', maxLength: 60 }), more: fc.jsonValue() });

const signed = (payload: object, algorithm: TokenAlgorithm, { signing }: Pair = pairs[algorithm]): Promise<string> =>
  new SignJWT({ ...payload }).setProtectedHeader({ alg: algorithm, typ: 'at+jwt', kid: 'k' }).sign(signing);

/** The bytes that the key signs a text with, whatever the text. */
function bySigning(text: string, algorithm: TokenAlgorithm): Buffer {
  const { signing } = pairs[algorithm];
  if (algorithm === 'HS256') return createHmac('sha256', signing).update(text).digest();
  const key = { key: signing, dsaEncoding: 'ieee-p1363' } as const;
  return sign(algorithm === 'EdDSA' ? null : 'sha256', Buffer.from(text), key);
}

/** What jose says, which is asked for any token with the algorithm that the key has. */
const byJose = (token: string, algorithm: TokenAlgorithm, key: KeyObject): Promise<boolean> =>
  compactVerify(token, key, { algorithms: [algorithm] }).then(
    () => true,
    () => false,
  );

describe.each(algorithms)('a signature of %s', (algorithm) => {
  const { open } = pairs[algorithm];
  const ours = (token: string): boolean => isSigned(token, { algorithm, key: open });

  test('is believed of what the key signed and of nothing that another one did, as jose says', async () => {
    await fc.assert(
      fc.asyncProperty(claims, async (payload) => {
        const [good, bad] = [await signed(payload, algorithm), await signed(payload, algorithm, others[algorithm])];
        expect([ours(good), await byJose(good, algorithm, open)]).toEqual([true, true]);
        expect([ours(bad), await byJose(bad, algorithm, open)]).toEqual([false, false]);
      }),
      { numRuns: 40 },
    );
  });

  test('a token that differs anywhere is not believed; where jose takes one, it is another text of the same bytes', async () => {
    const token = await signed({ sub: 'ann' }, algorithm);
    const place = fc.nat(token.length - 1);
    const how = fc.constantFrom('instead', 'before', 'without');
    // `wide`: a letter whose low byte is that of the right one.
    const sign = fc.constantFrom(...letters, '.', '=', '+', '/', ' ', '\n', '\u0000', 'wide');
    await fc.assert(
      fc.asyncProperty(place, sign, how, async (at, letter, place_) => {
        const right = token[at] as string;
        const wrong = letter === 'wide' ? String.fromCharCode(right.charCodeAt(0) + 0x100) : letter;
        const changed = `${token.slice(0, at)}${place_ === 'without' ? '' : wrong}${token.slice(place_ === 'before' ? at : at + 1)}`;
        fc.pre(changed !== token);
        expect(ours(changed)).toBe(false);
        const sameBytes = bytesOf(changed).join('.') === bytesOf(token).join('.');
        expect((await byJose(changed, algorithm, open)) && !sameBytes).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  test('parts too many or too few are not believed', async () => {
    const token = await signed({ sub: 'ann' }, algorithm);
    const [head = '', payload = '', signature = ''] = token.split('.');
    for (const other of [
      '',
      '.',
      '..',
      '...',
      head,
      `${head}.${payload}`,
      `${head}.${payload}.`,
      `${token}.`,
      `.${token}`,
    ]) {
      expect(ours(other)).toBe(false);
    }
    expect(ours([head, payload, payload, signature].join('.'))).toBe(false);
    for (const tail of ['=', 'A', '\u0000']) expect(ours(token + tail)).toBe(false);
    // The key itself has signed them: three parts are a token, and nothing else is.
    const made = (text: string): string => `${text}.${bySigning(text, algorithm).toString('base64url')}`;
    expect(ours(made(`${head}.${payload}`))).toBe(true);
    for (const text of ['', head, `${head}.${payload}.${payload}`, `${head}.${payload}.`])
      expect(ours(made(text))).toBe(false);
  });

  test.each(algorithms)(
    'is not believed by a key for %s unless that is its own, and no such key throws',
    async (other) => {
      const token = await signed({ sub: 'ann' }, algorithm);
      const open_ = pairs[other].open;
      expect(isSigned(token, { algorithm, key: open_ })).toBe(other === algorithm);
      expect(isSigned(token, { algorithm: other, key: open })).toBe(other === algorithm);
      expect(await byJose(token, other, open)).toBe(other === algorithm);
    },
  );
});

describe('the two numbers of ES256', () => {
  const { open, signing } = pairs.ES256;
  const text = 'head.payload';
  const ours = (bytes: Buffer): boolean =>
    isSigned(`${text}.${bytes.toString('base64url')}`, { algorithm: 'ES256', key: open });
  const drawn = (): Buffer => sign('sha256', Buffer.from(text), { key: signing, dsaEncoding: 'ieee-p1363' });
  /** One in 256 is like that. */
  const drawnWith = (wanted: (signature: Buffer) => boolean): Buffer => {
    for (let tries = 0; tries < 20_000; tries++) {
      const signature = drawn();
      if (wanted(signature)) return signature;
    }
    throw new Error('no such signature was drawn');
  };

  test.each([
    ['the first begins with a zero byte', (bytes: Buffer) => bytes[0] === 0],
    ['the second begins with a zero byte', (bytes: Buffer) => bytes[32] === 0],
    ['both would be negative', (bytes: Buffer) => (bytes[0] as number) >= 0x80 && (bytes[32] as number) >= 0x80],
    ['neither would be', (bytes: Buffer) => (bytes[0] as number) < 0x80 && (bytes[32] as number) < 0x80],
  ])('are read where %s', (_, wanted) => {
    expect(ours(drawnWith(wanted))).toBe(true);
  });

  test('have 32 bytes each: none fewer, none more, and not the form with lengths that other protocols have', () => {
    const signature = drawnWith((bytes) => bytes[0] === 0);
    expect(ours(signature)).toBe(true);
    expect(ours(signature.subarray(1))).toBe(false);
    expect(ours(signature.subarray(0, 63))).toBe(false);
    expect(ours(Buffer.concat([signature, Buffer.alloc(1)]))).toBe(false);
    expect(
      ours(Buffer.concat([Buffer.alloc(1), signature.subarray(0, 32), Buffer.alloc(1), signature.subarray(32)])),
    ).toBe(false);
    expect(ours(sign('sha256', Buffer.from(text), signing))).toBe(false);
  });

  test('are neither zero nor the order of the curve', () => {
    const order = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex');
    const [zero, one] = [Buffer.alloc(32), Buffer.concat([Buffer.alloc(31), Buffer.from([1])])];
    const numbers = [zero, one, order, Buffer.alloc(32, 255)];
    for (const r of numbers) for (const s of numbers) expect(ours(Buffer.concat([r, s]))).toBe(false);
  });
});

test.each(algorithms)('a signature of %s that was cut short or is empty is none', (algorithm) => {
  const { open } = pairs[algorithm];
  const text = 'head.payload';
  const whole = bySigning(text, algorithm);
  const ours = (bytes: Buffer): boolean => isSigned(`${text}.${bytes.toString('base64url')}`, { algorithm, key: open });
  expect(ours(whole)).toBe(true);
  for (let length = 0; length < whole.length; length++) expect(ours(whole.subarray(0, length))).toBe(false);
  expect(ours(Buffer.concat([whole, Buffer.alloc(1)]))).toBe(false);
});

test.each(['EdDSA', 'ES256', 'RS256'] as const)(
  'a public key of %s as the secret of an HMAC signs nothing',
  async (algorithm) => {
    const { open } = pairs[algorithm];
    const secret = createSecretKey(Buffer.from(open.export({ type: 'spki', format: 'pem' })));
    const forged = await signed({ sub: 'ann' }, 'HS256', { signing: secret, open: secret });
    expect(isSigned(forged, { algorithm, key: open })).toBe(false);
    expect(isSigned(forged, { algorithm: 'HS256', key: open })).toBe(false);
  },
);

/** Of the three parts, as a decoder reads them that passes by what it does not know. */
function bytesOf(token: string): string[] {
  return token.split('.').map((part) => Buffer.from(part, 'base64url').toString('hex'));
}
