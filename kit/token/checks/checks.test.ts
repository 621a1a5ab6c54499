import type { webcrypto } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { LogLevel } from '@palier/base/log';
import { systemTimers, type Timers } from '@palier/base/timers';
import { SignJWT } from 'jose';
import { describe, expect, test, vi } from 'vitest';
import { generateTokenKey, readKeys, type ReadKey } from '../keys/token-keys.ts';
import { Checks } from './checks.ts';
import type { TokenAlgorithm } from './signature.ts';

interface Bench {
  readonly checks: Checks;
  readonly key: ReadKey;
  readonly good: string;
  readonly bad: string;
  readonly told: LogLevel[];
  /** Turns of the loop that were waited for. */
  turns(): number;
  /** So many checked at once. */
  check(count: number, token?: string): Promise<boolean[]>;
  passMs(ms: number): void;
}

async function setup(algorithm: TokenAlgorithm = 'ES256', entry?: string): Promise<Bench> {
  const [key, other] = await Promise.all([keyOf(algorithm, 'a'), keyOf(algorithm, 'b')]);
  const told: LogLevel[] = [];
  let [nowMs, turns] = [0, 0];
  const timers: Timers = {
    ...systemTimers(),
    soon: (run) => {
      turns++;
      return systemTimers().soon(run);
    },
  };
  const clock = { monotonicMs: () => nowMs, epochMs: () => nowMs };
  const checks = new Checks({ clock, timers, log: (level) => void told.push(level) }, entry);
  checks.replaceKeys([key.checking]);
  const good = await signed(key);
  return {
    checks,
    key,
    good,
    bad: `${good.slice(0, good.lastIndexOf('.'))}${(await signed(other)).slice(good.lastIndexOf('.'))}`,
    told,
    turns: () => turns,
    check: (count, token = good) =>
      Promise.all(Array.from({ length: count }, async () => checks.check(token, key.checking))),
    passMs: (ms) => (nowMs += ms),
  };
}

async function keyOf(algorithm: TokenAlgorithm, kid: string): Promise<ReadKey> {
  const [key] = readKeys([{ kid, algorithm, jwk: await generateTokenKey(algorithm) }]);
  return key as ReadKey;
}

function signed({ algorithm, kid, signing }: ReadKey): Promise<string> {
  return new SignJWT({ sub: 'ann' })
    .setProtectedHeader({ alg: algorithm, typ: 'at+jwt', kid })
    .sign(signing as webcrypto.CryptoKey);
}

/** Enough within a second, and a thread begins. */
const many = 150;
const threaded = (checks: Checks): Promise<void> => vi.waitFor(() => expect(checks.threaded).toBe(true), 20_000);
const mortal = fileURLToPath(new URL('../testing/mortal-main.ts', import.meta.url));

describe('signatures are checked', () => {
  test('here while they are few, however long that goes on', async () => {
    const { checks, good, bad, key, passMs } = await setup();
    for (let second = 0; second < 5; second++) {
      for (let i = 0; i < 50; i++) {
        expect(checks.check(good, key.checking)).toBe(true);
        expect(checks.check(bad, key.checking)).toBe(false);
      }
      passMs(1000);
    }
    expect(checks.begun).toBe(0);
  });

  test.each(['ES256', 'EdDSA', 'RS256'] as const)(
    'by a thread when there are many, with the same answers (%s)',
    async (algorithm) => {
      const { checks, check, good, bad } = await setup(algorithm);
      expect(new Set(await check(many))).toEqual(new Set([true]));
      await threaded(checks);
      const tokens = Array.from({ length: 200 }, (_, at) => (at % 3 === 0 ? bad : good));
      const answers = await Promise.all(tokens.map(async (token) => (await check(1, token))[0]));
      expect(answers).toEqual(tokens.map((token) => token === good));
      expect(checks.begun).toBe(1);
      await checks.close();
    },
  );

  test('here at once for HS256, which costs less than to hand it over', async () => {
    const { checks, check, good, bad, key } = await setup('HS256');
    await check(10 * many);
    expect([checks.check(good, key.checking), checks.check(bad, key.checking)]).toEqual([true, false]);
    expect(checks.begun).toBe(0);
  });
});

describe('keys', () => {
  test('that were replaced sign nothing that waits, and new ones are known to the thread', async () => {
    const { checks, check, key } = await setup();
    await check(many);
    await threaded(checks);
    const next = await keyOf('ES256', 'next');
    const waiting = check(5);
    checks.replaceKeys([next.checking]);
    expect(await waiting).toEqual([false, false, false, false, false]);
    const token = await signed(next);
    expect(await checks.check(token, next.checking)).toBe(true);
    expect(await checks.check(token, key.checking)).toBe(false);
    await checks.close();
  });
});

describe('a thread that ends', () => {
  test('leaves nobody without an answer, and another one begins, but not within a second', async () => {
    const { checks, check, bad, told, turns, passMs } = await setup('ES256', mortal);
    await check(many);
    await threaded(checks);
    // It answers without looking: so it is seen who answers. And it dies of too large a lot.
    expect(new Set(await check(100, bad))).toEqual(new Set([true]));
    const under = [check(40, 'die'), check(40, bad), check(40)];
    expect((await Promise.all(under)).map((answers) => new Set(answers))).toEqual(
      [false, false, true].map((one) => new Set([one])),
    );
    expect([checks.threaded, told]).toEqual([false, ['warn']]);
    // 120 that were with it or waited for it, a few in each turn: the loop has others to serve.
    expect(turns()).toBeGreaterThanOrEqual(14);
    await check(many);
    expect(checks.begun).toBe(1);
    passMs(1000);
    await check(many);
    await threaded(checks);
    expect(checks.begun).toBe(2);
    expect(await check(1, bad)).toEqual([true]);
    await checks.close();
  });

  test('believes nothing of keys that were replaced while it had them', async () => {
    const { checks, check } = await setup('ES256', mortal);
    await check(many);
    await threaded(checks);
    const under = [check(1, 'die'), check(40)];
    checks.replaceKeys([(await keyOf('ES256', 'next')).checking]);
    expect(new Set((await Promise.all(under)).flat())).toEqual(new Set([false]));
    await checks.close();
  });

  test('or never begins: all is checked here, and it is said', async () => {
    const { checks, check, bad, told } = await setup('ES256', '/nowhere/main.ts');
    await check(many);
    await vi.waitFor(() => expect(told).toEqual(['warn']), 20_000);
    expect([await check(2), await check(2, bad)]).toEqual([
      [true, true],
      [false, false],
    ]);
    expect(checks.threaded).toBe(false);
    await checks.close();
  });

  test('because all is closed: what was under way is answered, and no other begins', async () => {
    const { checks, check, passMs } = await setup();
    await check(many);
    await threaded(checks);
    const under = check(100);
    await checks.close();
    expect(checks.threaded).toBe(false);
    expect(new Set(await under)).toEqual(new Set([true]));
    passMs(10_000);
    expect(new Set(await check(many))).toEqual(new Set([true]));
    expect(checks.begun).toBe(1);
  });
});
