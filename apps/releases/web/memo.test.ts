import { virtualTime } from '@palier/testkit/clock';
import { expect, test } from 'vitest';
import { createMemo, type Memo } from './memo.ts';

function memo(maxEntries = 10): { memo: Memo<number>; time: ReturnType<typeof virtualTime>; hits: () => number } {
  const time = virtualTime();
  let hits = 0;
  const meters = { reads: { add: () => {} }, hits: { add: () => void hits++ } };
  return { memo: createMemo<number>({ ttlMs: 1000, maxEntries }, time.clock, meters), time, hits: () => hits };
}

test('A hundred simultaneous readers cause one load; after the time there is another', async () => {
  const { memo: figures, time, hits } = memo();
  let loads = 0;
  const load = async (): Promise<number> => ++loads;
  expect(new Set(await Promise.all(Array.from({ length: 100 }, () => figures.get('a', load))))).toEqual(new Set([1]));
  expect(hits()).toBe(99);
  await time.advance(999);
  expect(await figures.get('a', load)).toBe(1);
  await time.advance(1);
  expect(await figures.get('a', load)).toBe(2);
});

test('Keys do not see each other, and the oldest is forgotten beyond the bound', async () => {
  const { memo: figures } = memo(2);
  const value = (n: number) => (): Promise<number> => Promise.resolve(n);
  await figures.get('a', value(1));
  await figures.get('b', value(2));
  expect(await figures.get('a', value(9))).toBe(1);
  await figures.get('c', value(3));
  expect(await figures.get('a', value(9))).toBe(9);
  expect(await figures.get('c', value(9))).toBe(3);
});

test('A failed load is not remembered', async () => {
  const { memo: figures } = memo();
  await expect(figures.get('a', () => Promise.reject(new Error('down')))).rejects.toThrow('down');
  expect(await figures.get('a', () => Promise.resolve(1))).toBe(1);
});
