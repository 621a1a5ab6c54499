/**
 * `npm run seed`: fills the database of DATABASE_URL with 10 000 releases, 200 accounts and their rules; once. With TOKENS_FILE, which
 * needs JWT_SECRET, each time also a token of today for every account, known to the state of STATE_URL.
 */
import { mkdir } from 'node:fs/promises';
import { systemClock } from '@palier/base/clock';
import { systemEntropy } from '@palier/base/entropy';
import { silentLog } from '@palier/base/log';
import { seededRandom } from '@palier/base/random';
import { systemTimers } from '@palier/base/timers';
import { openTokens } from './auth/issuer.ts';
import { createPasswords } from './auth/passwords.ts';
import { openDatabase } from './database/open.ts';
import { readOptions } from './options.ts';
import { fillDatabase, seedStamp } from './seed/fill.ts';
import { seedNumber, seedPassword } from './seed/people.ts';
import { writeTokens } from './seed/tokens.ts';
import { openState } from './state/open.ts';

const clock = systemClock();

try {
  const {
    databaseUrl: url,
    stateUrl,
    dataFolder,
    jwtSecret: secret,
    accessLifeMs,
    tokensFile,
    seedReleases: releases,
  } = readOptions(process.env);
  const seed = { seed: seedNumber, releases, rules: 500 };
  const nothing = (): void => {};
  const around = {
    clock,
    timers: systemTimers(),
    random: seededRandom(process.pid),
    entropy: systemEntropy(),
    log: silentLog,
  };
  await mkdir(dataFolder, { recursive: true });
  const db = await openDatabase(
    // Another seed may be at work: it takes about a second.
    { url, timeoutMs: 60_000, connections: 2, replicas: 1 },
    { ...around, onQuery: nothing, onLocked: nothing },
  );
  try {
    const passwords = createPasswords({ parallel: 1, maxWaiting: 1 });
    const startMs = clock.monotonicMs();
    const filled = await fillDatabase(db, seed, new Date(clock.epochMs()).toISOString(), () =>
      passwords.hash(seedPassword, Buffer.from(`palier seed ${seed.seed}`.padEnd(16))),
    );
    const tookMs = Math.round(clock.monotonicMs() - startMs);
    console.log(`${filled ? `seeded in ${tookMs} ms` : 'nothing to do'}: ${url} holds ${seedStamp(seed)}`);
    if (tokensFile !== null && secret !== null) {
      await using state = await openState(stateUrl, around);
      await using tokens = openTokens(state.kv, db, { secret, accessLifeMs }, around);
      const count = await writeTokens(db, tokens, tokensFile);
      console.log(`${count} tokens of today: ${tokensFile}`);
    }
  } finally {
    await db.close();
  }
} catch (error) {
  const { message, hint } = error as Error & { hint?: string };
  console.error(hint === undefined ? message : `${message}\n  ${hint}`);
  process.exitCode = 1;
}
