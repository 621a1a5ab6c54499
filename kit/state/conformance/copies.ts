/** What `openCopies` must keep over every driver of `Kv`: one that offers no `copySource` keeps nothing, and all of it all the same. */
import assert from 'node:assert/strict';
import { type Copies, openCopies } from '../copies/copies.ts';
import { type Kv, keyOf } from '../kv.ts';
import type { Procedure } from '../procedure.ts';
import type { StateSurroundings } from '../surroundings.ts';
import type { ConformanceCase } from './case.ts';
import type { KvSubject } from './kv.ts';

export interface CopiesSubject extends KvSubject {
  readonly around: StateSurroundings;
}

interface Parts {
  readonly kv: Kv;
  /** Another replica's. */
  readonly other: Kv;
  readonly key: string;
  readonly subject: CopiesSubject;
}

/** Generous where a copy is expected: a busy machine proves late. */
const patient = { staleWithinMs: 10_000 };
const patienceMs = 10_000;

const length: Procedure<{ readonly bytes: number }> = {
  name: 'conformance.length',
  readOnly: true,
  lua: `
local value = redis.call('GET', KEYS[1])
return {value and #value or -1}`,
  apply: (view, [key]) => [view.get(key as string)?.length ?? -1],
  read: ([bytes]) => ({ bytes: bytes as number }),
};

function copiesCase(sentence: string, run: (parts: Parts) => Promise<void>): ConformanceCase<CopiesSubject> {
  return {
    sentence,
    async run(subject) {
      await using kv = await subject.open();
      await using other = await subject.open();
      await run({ kv, other, key: keyOf('conformance', subject.unique()), subject });
    },
  };
}

/** Asks until it is so: a push takes its time, a connection for the copies too. */
async function becomes(what: string, { subject }: Parts, look: () => Promise<boolean>): Promise<void> {
  for (let waitedMs = 0; waitedMs < patienceMs; waitedMs += 5) {
    if (await look()) return;
    await subject.sleep(5);
  }
  assert.fail(`${what}: waited in vain`);
}

/** Where copies are kept, until one is; where none are, at once. */
async function warm(parts: Parts, copies: Copies<unknown>): Promise<void> {
  if (parts.kv.copySource === undefined) return;
  await becomes('an answer is kept', parts, async () => {
    await copies.get(parts.key);
    return copies.peek(parts.key) !== undefined;
  });
}

export const copiesConformance: readonly ConformanceCase<CopiesSubject>[] = [
  copiesCase('a copy is gone when somebody else changes, deletes or makes the key', async (parts) => {
    const { kv, other, key, subject } = parts;
    await using copies = openCopies(kv, subject.around, patient);
    const seen = (text: string | undefined) => async () => (await copies.get(key))?.toString() === text;
    await other.set(key, '1');
    await becomes('the first value is seen', parts, seen('1'));
    await warm(parts, copies);
    await other.set(key, '2');
    await becomes('the change is seen', parts, seen('2'));
    await warm(parts, copies);
    await other.delete(key);
    await becomes('the deletion is seen', parts, seen(undefined));
    await warm(parts, copies);
    await other.set(key, '3', { onlyIf: 'absent' });
    await becomes('what was not there is seen', parts, seen('3'));
    assert.ok(kv.copySource === undefined || copies.counts.hits > 0);
  }),
  copiesCase('what this process wrote is seen by its own next read', async (parts) => {
    const { kv, key, subject } = parts;
    await using copies = openCopies(kv, subject.around, patient);
    await warm(parts, copies);
    for (let i = 0; i < 200; i++) {
      await kv.set(key, `${i}`);
      assert.equal(String(await copies.get(key)), `${i}`);
    }
  }),
  copiesCase('copies of a procedure are what it read, and are dropped by changes', async (parts) => {
    const { kv, other, key, subject } = parts;
    await using copies = openCopies(kv, subject.around, patient, length);
    await other.set(key, 'four');
    await becomes('it is read', parts, async () => (await copies.get(key)).bytes === 4);
    await warm(parts, copies);
    await other.set(key, 'fives');
    await becomes('the change is seen', parts, async () => (await copies.get(key)).bytes === 5);
  }),
  copiesCase('a copy does not outlive its entry', async (parts) => {
    const { kv, other, key, subject } = parts;
    await using copies = openCopies(kv, subject.around, patient);
    await warm(parts, copies);
    for (let i = 0; i < 5; i++) {
      await other.set(key, 'a', { expiresInMs: 60 });
      await copies.get(key);
      await subject.sleep(80);
      assert.equal(copies.peek(key)?.value, undefined);
      assert.equal(await copies.get(key), undefined);
    }
  }),
  copiesCase('after close() nothing is kept, and reads go on', async ({ kv, key, subject }) => {
    const copies = openCopies(kv, subject.around, patient);
    await kv.set(key, '1');
    await copies.close();
    assert.equal(String(await copies.get(key)), '1');
    assert.equal(copies.peek(key), undefined);
    assert.equal(copies.counts.entries, 0);
  }),
];
