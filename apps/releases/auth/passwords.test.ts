import { expect, test } from 'vitest';
import { createPasswords } from './passwords.ts';

const salt = Buffer.from('sixteen bytes ok');

test('The right password is accepted, a wrong one and an unknown user are not', async () => {
  const passwords = createPasswords({ parallel: 2, maxWaiting: 10 });
  const hash = await passwords.hash('Grüße', salt);
  expect(hash).toMatch(/^scrypt\$8192\$8\$3\$/);
  expect(await passwords.verify('Grüße', hash)).toBe(true);
  expect(await passwords.verify('Gru\u0308ße', hash)).toBe(true);
  expect(await passwords.verify('grüße', hash)).toBe(false);
  expect(await passwords.verify('Grüße', undefined)).toBe(false);
});

test.each(['', 'plain', 'scrypt$8192$8$3$c2FsdA$short', 'scrypt$9999999$8$3$c2FsdA$x'])(
  'A hash of another form (%j) is nobody’s',
  async (hash) => {
    expect(await createPasswords({ parallel: 1, maxWaiting: 1 }).verify('x', hash)).toBe(false);
  },
);

test('Beyond the logins that may wait, one more is refused at once, and the others get their turn', async () => {
  const passwords = createPasswords({ parallel: 1, maxWaiting: 2 });
  const waiting = [1, 2, 3].map(() => passwords.verify('x', undefined));
  await expect(passwords.verify('x', undefined)).rejects.toMatchObject({ code: 'LOGIN_BUSY' });
  expect(await Promise.all(waiting)).toEqual([false, false, false]);
  expect(await passwords.verify('x', undefined)).toBe(false);
});
