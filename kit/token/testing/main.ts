/** A replica for tests, to be killed: `main.ts URL SECRETS TOKENS OPTIONS` refreshes each token once, four at once, and says `asks N` before and `has N` after. */
import { silentLog } from '@palier/base/log';
import { systemSurroundings } from '@palier/base/surroundings';
import { openKv } from '../../state/index.ts';
import { createTokens, type TokenOptions, type TokenSecrets } from '../index.ts';

const [url = '', secrets = '', refreshTokens = '[]', options = '{}'] = process.argv.slice(2);
const around = systemSurroundings(silentLog);
const kv = await openKv(url, around);
const tokens = createTokens(kv, JSON.parse(secrets) as TokenSecrets, around, JSON.parse(options) as TokenOptions);
const left = [...(JSON.parse(refreshTokens) as string[]).entries()];
await Promise.all(
  Array.from({ length: 4 }, async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const [number, token] = next;
      console.log(`asks ${number}`);
      await tokens.refresh(token);
      console.log(`has ${number}`);
    }
  }),
);
