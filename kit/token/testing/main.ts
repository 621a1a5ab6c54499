/**
 * A replica for tests: `main.ts URL SECRETS TOKENS OPTIONS` refreshes each token once, four at once, and says `has N` after each. When it has asked for
 * two thirds of them, it dies as by kill -9, with answers under way.
 */
import { silentLog } from '@palier/base/log';
import { systemSurroundings } from '@palier/base/surroundings';
import { openKv } from '../../state/index.ts';
import { createTokens, type TokenOptions, type TokenSecrets } from '../index.ts';

const [url = '', secrets = '', refreshTokens = '[]', options = '{}'] = process.argv.slice(2);
const around = systemSurroundings(silentLog);
const kv = await openKv(url, around);
const tokens = createTokens(kv, JSON.parse(secrets) as TokenSecrets, around, JSON.parse(options) as TokenOptions);
const used = JSON.parse(refreshTokens) as string[];
const left = [...used.entries()];
await Promise.all(
  Array.from({ length: 4 }, async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const [number, token] = next;
      const answer = tokens.refresh(token);
      // One turn later: on the wire, or in the file.
      if (number === Math.floor((2 * used.length) / 3)) setImmediate(() => process.kill(process.pid, 'SIGKILL'));
      await answer;
      console.log(`has ${number}`);
    }
  }),
);
