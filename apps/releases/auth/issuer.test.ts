import { systemClock } from '@palier/base/clock';
import { systemEntropy } from '@palier/base/entropy';
import { silentLog } from '@palier/base/log';
import { seededRandom } from '@palier/base/random';
import { systemTimers } from '@palier/base/timers';
import { openKv } from '@palier/kit/state';
import { expect, test } from 'vitest';
import { openDatabase } from '../database/open.ts';
import { openTokens, tokenSecrets } from './issuer.ts';

const around = {
  clock: systemClock(),
  timers: systemTimers(),
  random: seededRandom(1),
  entropy: systemEntropy(),
  log: silentLog,
};
const issuer = { secret: 'a secret for tests of 32 characters', accessLifeMs: 60_000 };

test('A token tells its account and its login at every replica with the secret, and is nobody’s with another secret', async () => {
  await using opened = new AsyncDisposableStack();
  const kv = opened.use(await openKv('sqlite::memory:', around));
  const db = await openDatabase(
    { url: 'sqlite::memory:', timeoutMs: 1000, connections: 1, replicas: 1 },
    { ...around, onQuery: () => {}, onLocked: () => {} },
  );
  opened.defer(() => db.close());
  const ada = { id: db.newId(), login: 'ada', name: 'Ada', password_hash: 'x', created_at: '2026-01-01T00:00:00.000Z' };
  await db.query.insertInto('users').values(ada).execute();
  const [one, two, stranger] = [
    openTokens(kv, db, issuer, around),
    openTokens(kv, db, issuer, around),
    openTokens(kv, db, { ...issuer, secret: 'another secret of 32 characters !' }, around),
  ];
  for (const tokens of [one, two, stranger]) opened.use(tokens);
  const pair = await one.open(ada.id);
  expect(await two.validate(pair.accessToken)).toMatchObject({ user: ada.id, extra: { login: 'ada' } });
  const refusal = { code: 'PALIER_TOKEN_REFUSED' };
  await expect(stranger.validate(pair.accessToken)).rejects.toMatchObject(refusal);
  await expect(stranger.refresh(pair.refreshToken)).rejects.toMatchObject(refusal);

  await db.query.deleteFrom('users').where('id', '=', ada.id).execute();
  await expect(two.refresh(pair.refreshToken)).rejects.toMatchObject({ code: 'REFRESH_INVALID' });
});

test('What signs and what seals are two keys, none of them the secret, and another secret gives other keys and names', () => {
  const [one, other] = [tokenSecrets(issuer.secret), tokenSecrets('another secret of 32 characters !')];
  const texts = [one, other].flatMap(({ accessKeys: [access], refreshSecrets: [refresh] }) => [
    access?.kid,
    access?.jwk.k,
    refresh?.id,
    refresh?.secret,
  ]);
  expect(new Set(texts).size).toBe(8);
  expect(tokenSecrets(issuer.secret)).toEqual(one);
  expect(JSON.stringify(one)).not.toContain(Buffer.from(issuer.secret).toString('base64url'));
});
