import { expect, test } from 'vitest';
import { until } from './until.ts';

test('until() answers what it waited for, asking again after a failure', async () => {
  let asked = 0;
  const found = await until('the third time', () => {
    asked++;
    if (asked === 1) throw new Error('not yet');
    return asked === 3 && 'here';
  });
  expect(found).toBe('here');
});

test('until() names what did not come, and why the last look failed', async () => {
  const look = (): never => {
    throw new Error('closed');
  };
  const failure = await until('a guest', look, { withinMs: 30, everyMs: 1 }).catch((error: unknown) => error);
  expect(String(failure)).toContain('waited 30 ms in vain: a guest');
  expect(String((failure as Error).cause)).toContain('closed');
});
