import { expect, test } from 'vitest';
import { redirection, refusalOf } from './refusal.ts';

test.each([
  ['MOVED 3999 127.0.0.1:6381', 'elsewhere'],
  ['ASK 3999 127.0.0.1:6381', 'elsewhere'],
  ["READONLY You can't write against a read only replica.", 'elsewhere'],
  ["ERR Error running script: READONLY You can't write against a read only replica.", 'elsewhere'],
  ['LOADING Redis is loading the dataset in memory', 'not-yet'],
  ["MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", 'not-yet'],
  ['CLUSTERDOWN Hash slot not served', 'not-yet'],
  ['TRYAGAIN Multiple keys request during rehashing of slot', 'not-yet'],
  ['BUSY Redis is busy running a script.', 'not-yet'],
  ['NOSCRIPT No matching script.', 'no-script'],
  ['OOM command not allowed when used memory > maxmemory.', 'refused'],
  ['WRONGTYPE Operation against a key holding the wrong kind of value', 'refused'],
  ['NOPERM this user has no permissions', 'refused'],
  ['ERR unknown command', 'refused'],
])('%s: %s', (message, refusal) => {
  expect(refusalOf(message)).toBe(refusal);
});

test('a redirection names slot and node, an empty host included', () => {
  expect(redirection('MOVED 3999 127.0.0.1:6381')).toEqual({ slot: 3999, host: '127.0.0.1', port: 6381 });
  expect(redirection('ASK 1 :6381')).toEqual({ slot: 1, host: '', port: 6381 });
  expect(redirection('MOVED 1 ::1:6381')).toEqual({ slot: 1, host: '::1', port: 6381 });
  expect(redirection('READONLY no')).toBeUndefined();
});
