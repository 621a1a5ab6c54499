import { expect, test } from 'vitest';
import { factsOf } from './facts-redis.ts';
import type { KeepingFacts } from './facts.ts';
import { keepingOf } from './keeping.ts';

const well: KeepingFacts = {
  node: 'a:1',
  maxMemoryBytes: 1e9,
  policy: 'noeviction',
  appendsToFile: true,
  snapshots: true,
};
const found = (facts: Partial<KeepingFacts>) =>
  keepingOf([{ ...well, ...facts }]).findings.map(({ finding }) => finding);

test('a server with noeviction, or without a limit, evicts nothing; any other policy may', () => {
  expect(found({})).toEqual([]);
  expect(found({ policy: 'allkeys-lru' })).toEqual(['evicts']);
  expect(found({ policy: 'volatile-ttl' })).toEqual(['evicts']);
  expect(found({ policy: 'allkeys-lru', maxMemoryBytes: 0 })).toEqual([]);
});

test('a server with neither an append-only file nor save points forgets; one of both is enough', () => {
  expect(found({ appendsToFile: false, snapshots: false })).toEqual(['forgets']);
  expect(found({ appendsToFile: false })).toEqual([]);
  expect(found({ snapshots: false })).toEqual([]);
});

test('what cannot be asked is told as unknown, and is no reason to say that nothing is kept', () => {
  expect(found({ policy: undefined, snapshots: undefined, appendsToFile: false } as unknown as KeepingFacts)).toEqual([
    'unknown',
    'unknown',
  ]);
  expect(keepingOf([{ ...well, appendsToFile: undefined }]).keeps).toBe(true);
  expect(keepingOf([well, { ...well, node: 'b:2', policy: 'allkeys-lfu' }])).toMatchObject({
    keeps: false,
    findings: [{ node: 'b:2', finding: 'evicts' }],
  });
});

test('the lines of INFO and the answer of CONFIG GET are read', () => {
  const memory = '# Memory\r\nmaxmemory:100\r\nmaxmemory_human:100B\r\nmaxmemory_policy:allkeys-lru\r\n';
  const persistence = Buffer.from('# Persistence\r\naof_enabled:0\r\n');
  expect(factsOf('a:1', memory, persistence, ['save', ''])).toEqual({
    node: 'a:1',
    maxMemoryBytes: 100,
    policy: 'allkeys-lru',
    appendsToFile: false,
    snapshots: false,
  });
  expect(factsOf('a:1', null, null, null)).toMatchObject({
    policy: undefined,
    appendsToFile: undefined,
    snapshots: undefined,
  });
});
