/**
 * What every driver of `Kv` must keep.
 *
 * The cases take real time where lifetimes are concerned (some hundred milliseconds), use keys of their own, and may run side by side.
 */
import assert from 'node:assert/strict';
import { PalierError } from '@palier/base/error';
import type { Durable } from '../durable/durable.ts';
import { type Kv, keyOf, type SetOptions } from '../kv.ts';
import { outcomeOf } from '../outcome.ts';
import type { ConformanceCase } from './case.ts';
import { count, hash, life, move, sorted } from './procedures.ts';

export interface KvSubject {
  /** One more client of the same engine, as another replica would open it; the case closes it. */
  open(): Promise<Kv>;
  /** Lets real time pass. */
  sleep(ms: number): Promise<void>;
  /** A text that no other case gets. */
  unique(): string;
  /** What a durable call may ask of this engine; left out: it has no replicas, and must refuse. */
  readonly durable?: Durable;
}

type Case = ConformanceCase<KvSubject>;

function kvCase(sentence: string, run: (kv: Kv, key: string, subject: KvSubject) => Promise<void>): Case {
  return {
    sentence,
    async run(subject) {
      await using kv = await subject.open();
      await run(kv, keyOf('conformance', subject.unique()), subject);
    },
  };
}

async function code(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    assert.ok(error instanceof PalierError, `an error of the catalogue was expected, not ${String(error)}`);
    assert.equal(outcomeOf(error), 'none');
    return error.code;
  }
  return 'nothing thrown';
}

/** The same of a call that was never begun. */
async function refusal(call: Promise<unknown>): Promise<string> {
  const error: unknown = await call.catch((reason: unknown) => reason);
  return error instanceof PalierError ? error.code : 'nothing thrown';
}

/** Of entries that must still be there when they are looked at: a busy machine takes its time for two calls. */
const lifeMs = 1000;

const text = (bytes: Buffer | undefined): string | undefined => bytes?.toString();

export const kvConformance: readonly Case[] = [
  kvCase('what was set is got, byte for byte, by every client', async (kv, key, subject) => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    assert.equal(await kv.set(key, bytes), true);
    await using other = await subject.open();
    assert.deepEqual(await other.get(key), bytes);
    assert.equal(await other.set(key, 'ünï'), true);
    assert.equal(text(await kv.get(key)), 'ünï');
    await kv.set(key, '');
    assert.deepEqual(await kv.get(key), Buffer.alloc(0));
  }),
  kvCase('a key that is not there is undefined, and there is nothing to delete', async (kv, key) => {
    assert.equal(await kv.get(key), undefined);
    assert.equal(await kv.delete(key), false);
    await kv.set(key, 'a');
    assert.equal(await kv.delete(key), true);
    assert.equal(await kv.get(key), undefined);
  }),
  kvCase('several keys are got in their order, with gaps where there is nothing', async (kv, key) => {
    await Promise.all([kv.set(`${key}:a`, '1'), kv.set(`${key}:c`, '3')]);
    const got = await kv.getMany([`${key}:c`, `${key}:b`, `${key}:a`]);
    assert.deepEqual(got.map(text), ['3', undefined, '1']);
    assert.deepEqual(await kv.getMany([]), []);
  }),
  kvCase('calls of one client happen in the order in which they were made, awaited or not', async (kv, key) => {
    const calls = [kv.set(key, '1'), kv.get(key), kv.set(key, '2'), kv.get(key), kv.delete(key), kv.get(key)];
    const [, first, , second, , third] = await Promise.all(calls);
    assert.deepEqual([text(first as Buffer), text(second as Buffer), third], ['1', '2', undefined]);
  }),
  kvCase(
    'with onlyIf absent exactly one of many wins; with present nobody makes what is not there',
    async (kv, key, subject) => {
      await using other = await subject.open();
      const won = await Promise.all(
        Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? kv : other).set(key, `${i}`, { onlyIf: 'absent' })),
      );
      const winner = won.indexOf(true);
      assert.equal(won.filter(Boolean).length, 1);
      assert.equal(text(await kv.get(key)), `${winner}`);
      assert.equal(await kv.set(key, 'x', { onlyIf: 'present' }), true);
      assert.equal(await kv.set(`${key}:none`, 'x', { onlyIf: 'present' }), false);
      assert.equal(await kv.get(`${key}:none`), undefined);
    },
  ),
  kvCase('an entry whose time is over is gone, and may be made anew', async (kv, key, subject) => {
    await kv.set(key, 'short', { expiresInMs: lifeMs });
    assert.equal(text(await kv.get(key)), 'short');
    await subject.sleep(lifeMs + 100);
    assert.equal(await kv.get(key), undefined);
    assert.equal(await kv.set(key, 'new', { onlyIf: 'absent' }), true);
    await subject.sleep(120);
    assert.equal(text(await kv.get(key)), 'new');
  }),
  kvCase('setting again without a lifetime lets the entry stay', async (kv, key, subject) => {
    await kv.set(key, 'short', { expiresInMs: 60 });
    await kv.set(key, 'long');
    await subject.sleep(120);
    assert.equal(text(await kv.get(key)), 'long');
    assert.equal(await kv.run(life, [key], ['left']), -1);
  }),
  kvCase('a thousand simultaneous procedures on one key of two clients are none too few', async (kv, key, subject) => {
    await using other = await subject.open();
    const answers = await Promise.all(
      Array.from({ length: 1000 }, (_, i) =>
        (i % 2 === 0 ? kv : other).run(count, [key], [1, 60_000], { timeoutMs: 10_000 }),
      ),
    );
    assert.deepEqual(
      answers.toSorted((a, b) => a - b),
      Array.from({ length: 1000 }, (_, i) => i + 1),
    );
  }),
  kvCase('a procedure over two keys moves all or nothing, whoever moves at the same time', async (kv, key, subject) => {
    await using other = await subject.open();
    const [a, b] = [`${key}:a`, `${key}:b`];
    await kv.set(a, '100');
    const moved = await Promise.all(
      Array.from({ length: 200 }, (_, i) =>
        (i % 2 === 0 ? kv : other).run(move, i % 3 === 0 ? [b, a] : [a, b], [7], { timeoutMs: 10_000 }),
      ),
    );
    const [left, right] = (await kv.getMany([a, b])).map((bytes) => Number(bytes ?? 0));
    assert.equal((left as number) + (right as number), 100);
    assert.ok((left as number) >= 0 && (right as number) >= 0 && moved.includes(true));
  }),
  kvCase('fields of a hash are kept apart, and the last one takes the entry with it', async (kv, key) => {
    const run = (...args: (string | Buffer)[]) => kv.run(hash, [key], args);
    const bytes = Buffer.from([0, 255, 10]);
    await run('set', 'a', bytes);
    await run('set', 'b', '2');
    assert.deepEqual(await run('get', 'a'), [bytes]);
    assert.deepEqual(await run('get', 'c'), [undefined]);
    assert.deepEqual(await run('size'), [2]);
    assert.deepEqual(await run('all'), [Buffer.concat([Buffer.from('a='), bytes]), Buffer.from('b=2')]);
    assert.deepEqual([await run('delete', 'a'), await run('delete', 'a'), await run('delete', 'b')], [[1], [0], [1]]);
    assert.equal(await kv.run(life, [key], ['left']), -2);
    await kv.set(key, 'text now');
  }),
  kvCase('members come in the order of their scores, then of their bytes', async (kv, key) => {
    const run = (...args: (string | number)[]) => kv.run(sorted, [key], args);
    for (const [member, score] of [
      ['b', 2],
      ['a', 2],
      ['Z', 2],
      ['é', 2],
      ['last', 4_503_599_627_370_496],
      ['first', -5],
    ] as const)
      await run('set', member, score);
    assert.deepEqual((await run('range', '-inf', '+inf', 10)).map(String), ['first', 'Z', 'a', 'b', 'é', 'last']);
    assert.deepEqual((await run('range', 2, 2, 2)).map(String), ['Z', 'a']);
    assert.deepEqual(await run('score', 'last'), [4_503_599_627_370_496]);
    assert.deepEqual(await run('score', 'nobody'), [undefined]);
    await run('set', 'a', 3);
    assert.deepEqual(await run('score', 'a'), [3]);
    assert.deepEqual(await run('deleteRange', 2, 3), [4]);
    assert.deepEqual([await run('delete', 'first'), await run('size')], [[1], [1]]);
  }),
  kvCase('a lifetime belongs to the whole entry, whatever its kind', async (kv, key, subject) => {
    await kv.run(hash, [key], ['set', 'a', '1']);
    assert.equal(await kv.run(life, [key], ['expire', lifeMs]), 1);
    assert.equal(await kv.run(life, [`${key}:none`], ['expire', lifeMs]), 0);
    const left = await kv.run(life, [key], ['left']);
    assert.ok(left > 0 && left <= lifeMs, `${left} ms left`);
    await subject.sleep(lifeMs + 100);
    assert.deepEqual(await kv.run(hash, [key], ['size']), [0]);
    assert.equal(await kv.run(life, [key], ['left']), -2);
    await kv.run(hash, [key], ['set', 'b', '2']);
    assert.deepEqual((await kv.run(hash, [key], ['all'])).map(String), ['b=2']);
    assert.equal(await kv.run(life, [key], ['left']), -1);
  }),
  kvCase('a key used as two kinds is refused, and keeps what it held', async (kv, key) => {
    await kv.set(key, 'text');
    assert.equal(await code(kv.run(hash, [key], ['set', 'a', '1'])), 'PALIER_STATE_KIND');
    assert.equal(text(await kv.get(key)), 'text');
    await kv.run(sorted, [`${key}:s`], ['set', 'a', 1]);
    assert.equal(await code(kv.get(`${key}:s`)), 'PALIER_STATE_KIND');
  }),
  kvCase(
    'keys of one procedure that a Cluster could not keep together are refused on every engine',
    async (kv, key, subject) => {
      const stray = keyOf('conformance', subject.unique());
      assert.equal(await code(kv.run(move, [key, stray], [1])), 'PALIER_STATE_SLOTS');
    },
  ),
  kvCase('a key or a value over its limit is refused, and nothing is stored', async (kv, key) => {
    assert.equal(await code(kv.set(key, Buffer.alloc(2 ** 20 + 1))), 'PALIER_STATE_SIZE');
    assert.equal(await code(kv.set('', 'a')), 'PALIER_STATE_SIZE');
    assert.equal(await code(kv.get('k'.repeat(513))), 'PALIER_STATE_SIZE');
    assert.equal(await code(kv.set(key, 'a', { expiresInMs: 0 })), 'PALIER_STATE_TIME');
    assert.equal(await kv.get(key), undefined);
    await kv.set(key, Buffer.alloc(2 ** 20, 1));
    assert.equal((await kv.get(key))?.length, 2 ** 20);
  }),
  kvCase('a durable call does what the call does, or nothing where it cannot be had', async (kv, key, subject) => {
    const durable = subject.durable ?? { replicas: 1 };
    if (subject.durable === undefined) {
      await kv.set(`${key}:there`, 'a');
      assert.equal(await code(kv.set(key, 'a', { durable })), 'PALIER_STATE_DURABLE');
      assert.equal(await code(kv.delete(`${key}:there`, { durable })), 'PALIER_STATE_DURABLE');
      assert.equal(await code(kv.run(count, [key], [1, 60_000], { durable })), 'PALIER_STATE_DURABLE');
      assert.deepEqual((await kv.getMany([key, `${key}:there`])).map(text), [undefined, 'a']);
      return;
    }
    await using other = await subject.open();
    const once: SetOptions = { durable, onlyIf: 'absent', expiresInMs: 60_000 };
    assert.deepEqual([await kv.set(key, 'a', once), await other.set(key, 'b', once)], [true, false]);
    assert.equal(text(await other.get(key)), 'a');
    assert.deepEqual([await other.delete(key, { durable }), await kv.delete(key, { durable })], [true, false]);
    assert.equal(await kv.get(key), undefined);
    const stray = keyOf('conformance', subject.unique());
    assert.equal(await code(kv.run(move, [key, stray], [1], { durable })), 'PALIER_STATE_SLOTS');
    await kv.set(key, 'text');
    assert.equal(await code(kv.run(hash, [key], ['set', 'a', '1'], { durable })), 'PALIER_STATE_KIND');
    assert.equal(text(await kv.get(key)), 'text');
  }),
  kvCase('a thousand durable calls of two clients are none too few, each in its order', async (kv, key, subject) => {
    if (subject.durable === undefined) return;
    await using other = await subject.open();
    const options = { durable: subject.durable, timeoutMs: 10_000 };
    // A script that a node does not know is sent again, which would mix the order.
    await kv.run(count, [`${key}:known`], [1, 60_000]);
    const answers = await Promise.all(
      [kv, other].map((one) =>
        Promise.all(Array.from({ length: 500 }, () => one.run(count, [key], [1, 60_000], options))),
      ),
    );
    for (const mine of answers)
      assert.deepEqual(
        mine,
        mine.toSorted((a, b) => a - b),
      );
    assert.equal(new Set(answers.flat()).size, 1000);
    assert.equal(text(await kv.get(key)), '1000');
  }),
  kvCase('a durable call for a number of replicas that there cannot be is refused', async (kv, key) => {
    for (const replicas of [0, -1, 1.5, Number.NaN, 101]) {
      assert.equal(await refusal(kv.set(key, 'a', { durable: { replicas } })), 'PALIER_STATE_OPTION');
    }
    assert.equal(await kv.get(key), undefined);
  }),
  kvCase('after close() calls are refused, and what was under way has ended', async (kv, key, subject) => {
    const other = await subject.open();
    const under = Array.from({ length: 50 }, (_, i) => other.set(`${key}:${i}`, 'a', { timeoutMs: 10_000 }));
    await other.close();
    assert.deepEqual(
      await Promise.all(under),
      Array.from({ length: 50 }, () => true),
    );
    await other.close();
    assert.equal(await code(other.get(key)), 'PALIER_STATE_CLOSED');
    assert.equal(await code(other.set(key, 'a')), 'PALIER_STATE_CLOSED');
    assert.equal(await code(other.run(count, [key], [1, 1000])), 'PALIER_STATE_CLOSED');
    assert.equal(await kv.get(key), undefined);
  }),
];
