import { PalierError } from '@palier/base/error';
import { expect, test } from 'vitest';
import { optionChecks } from './options.ts';

const { durably, wholes, whole } = optionChecks('PALIER_STATE_OPTION');
const ranges = { timeoutMs: [1000, 1, 5000], attempts: [5, 0, 9] } as const;

function refusal(call: () => unknown): string {
  try {
    return `no refusal: ${JSON.stringify(call())}`;
  } catch (error) {
    return error instanceof PalierError ? `${error.code}: ${error.message}` : String(error);
  }
}

test('an option is what was given, at both ends of its range too, else its default, and nothing else comes along', () => {
  expect(wholes({}, ranges)).toEqual({ timeoutMs: 1000, attempts: 5 });
  expect(wholes({ timeoutMs: 1, attempts: 9 }, ranges)).toEqual({ timeoutMs: 1, attempts: 9 });
  expect(wholes({ attempts: 0, other: 7 } as { attempts: number }, ranges)).toEqual({ timeoutMs: 1000, attempts: 0 });
});

test('an option that is no whole number of its range is refused by its name, with what it is and what it should be', () => {
  expect(refusal(() => wholes({ timeoutMs: 0 }, ranges))).toBe(
    'PALIER_STATE_OPTION: The option timeoutMs is 0; it should be a whole number from 1 to 5000.',
  );
  for (const value of [1.5, 5001, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 60]) {
    expect(refusal(() => whole('replicas', value, 1, 5000))).toMatch(`The option replicas is ${value}; it should be a`);
  }
  expect(refusal(() => wholes({ timeoutMs: '500' as unknown as number }, ranges))).toMatch('timeoutMs is "500"; it');
  expect(refusal(() => wholes({ timeoutMs: null as unknown as number }, ranges))).toMatch('no refusal');
});

test('what is durable says of how many replicas, and adds nothing to calls when it is left out', () => {
  expect(durably(undefined)).toEqual({});
  expect(durably({ replicas: 2 })).toEqual({ durable: { replicas: 2 } });
  expect(refusal(() => durably({ replicas: 0 }))).toMatch(
    'The option durable.replicas is 0; it should be a whole number',
  );
});
