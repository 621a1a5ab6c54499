import { expect, test } from 'vitest';
import { readOptions } from './options.ts';

test('Without any variable every option has its default', () => {
  expect(readOptions({})).toMatchObject({ port: 8080, host: '127.0.0.1', maxUploads: 200, jwtSecret: null });
});

test('What is set counts, in bytes', () => {
  const env = { PORT: '0', MAX_UPLOAD_MB: '2', JWT_SECRET: 'x'.repeat(32) };
  expect(readOptions(env)).toMatchObject({ port: 0, maxUploadBytes: 2 * 1024 * 1024, jwtSecret: env.JWT_SECRET });
});

test('Files lie in the data folder unless they are named; the state has two names, and the proxies are a list', () => {
  expect(readOptions({ DATA_DIR: '/srv/x' })).toMatchObject({
    databaseUrl: 'sqlite:/srv/x/releases.sqlite',
    stateUrl: 'sqlite:/srv/x/state.sqlite',
    uploadFolder: '/srv/x/uploads',
    trustedProxies: ['127.0.0.1', '::1'],
  });
  expect(readOptions({ REDIS_URL: 'redis://a' }).stateUrl).toBe('redis://a');
  expect(readOptions({ REDIS_URL: 'redis://a', STATE_URL: 'redis://b' }).stateUrl).toBe('redis://b');
  expect(readOptions({ TRUSTED_PROXIES: '' }).trustedProxies).toEqual([]);
  expect(readOptions({ TRUSTED_PROXIES: '10.0.0.0/8, ::1' }).trustedProxies).toEqual(['10.0.0.0/8', '::1']);
});

test.each([
  ['PORT', '65536'],
  ['PORT', '-1'],
  ['PORT', '80 '],
  ['MAX_UPLOADS', '0'],
  ['DRAIN_MS', '1e3'],
])('%s=%s is refused by name', (name, value) => {
  expect(() => readOptions({ [name]: value })).toThrow(
    new RegExp(`^${name} is "${value}"; it should be a whole number`),
  );
});

test('A short secret is refused and not shown', () => {
  expect(() => readOptions({ JWT_SECRET: 'hunter2' })).toThrow(/JWT_SECRET is "7 characters"/);
});
