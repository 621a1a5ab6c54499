/** Who may change something in a user's name. */
import { expect, test } from 'vitest';
import { foreignSite } from './foreign.ts';

test.each([
  ['a page of ours', { 'sec-fetch-site': 'same-origin' }, null],
  ['the user himself', { 'sec-fetch-site': 'none' }, null],
  ['another site', { 'sec-fetch-site': 'cross-site', origin: 'https://own.example:8443' }, 'cross-site'],
  ['another host of our site', { 'sec-fetch-site': 'same-site' }, 'same-site'],
  ['an old browser on a page of ours', { origin: 'https://own.example:8443' }, null],
  ['an old browser on another host', { origin: 'https://evil.example:8443' }, 'https://evil.example:8443'],
  ['an old browser on another port', { origin: 'https://own.example' }, 'https://own.example'],
  ['a page that hides where it is from', { origin: 'null' }, 'null'],
  ['no browser', {}, null],
])('%s', (_, headers, expected) => {
  expect(foreignSite(headers, 'own.example:8443')).toBe(expected);
});

test('where we do not know our own host, nobody who names another is let in', () => {
  expect(foreignSite({ origin: 'https://own.example' }, undefined)).toBe('https://own.example');
  expect(foreignSite({ origin: 'nonsense' }, undefined)).toBe('nonsense');
});
