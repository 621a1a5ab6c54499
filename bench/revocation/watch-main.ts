/**
 * A replica that is asked to believe one token again and again: over its channel it gets a token, says `known` when it believes it, and, when it
 * is refused, when it last sent one that was believed. `argv`: the state, the secrets. Times are of the machine's monotonic clock, which all
 * processes share.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { silentLog } from '@palier/base/log';
import { systemSurroundings } from '@palier/base/surroundings';
import { openKv } from '@palier/kit/state';
import { createTokens, type TokenSecrets } from '@palier/kit/token';
import { names, nowMs, type Told } from './play.ts';

/** Of looking: a revocation is seen so much later at most than it could have been. */
const everyMs = 1;
const [url = '', secrets = ''] = process.argv.slice(2);
const around = systemSurroundings(silentLog);
const kv = await openKv(url, around);
const tokens = createTokens(kv, JSON.parse(secrets) as TokenSecrets, around, names);
process.on('message', (token: string) => void watch(token));
process.on('disconnect', () => process.exit(0));
process.send?.({ kind: 'ready' } satisfies Told);

async function watch(token: string): Promise<void> {
  let [believed, believedMs] = [0, 0];
  for (;;) {
    const sentMs = nowMs();
    try {
      await tokens.validate(token);
      believedMs = sentMs;
      believed++;
      // Not at the first: the copy is made by then, and what follows is answered by it.
      if (believed === 5) process.send?.({ kind: 'known' } satisfies Told);
    } catch (error) {
      const reason = (error as { readonly code?: string }).code ?? String(error);
      // Unavailable is neither believed nor refused.
      if (reason !== 'PALIER_TOKEN_UNAVAILABLE') {
        process.send?.({ kind: 'over', token, reason, believedMs } satisfies Told);
        return;
      }
    }
    await sleep(everyMs);
  }
}
