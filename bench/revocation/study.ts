/** How soon a revocation is seen by every replica, each a process of its own, on each engine. */
import { redisServer, startCluster, startRedis, startSentinels } from '@palier/testkit/engines';
import { join } from 'node:path';
import { temporaryFolder } from '../process/ending.ts';
import type { Met } from '../rows.ts';
import type { Study } from '../study.ts';
import { boundMs, revokeWatched } from './play.ts';

type Started = { readonly url: string } & AsyncDisposable;

const replicas = 3;
const engines: readonly { readonly name: string; readonly start: () => Promise<Started> }[] = [
  { name: 'SQLite', start: sqliteFile },
  { name: 'Redis', start: startRedis },
  { name: 'Sentinel', start: startSentinels },
  { name: 'Cluster', start: startCluster },
];

export const study: Study = {
  name: 'revocation',
  sentence: 'How soon every replica refuses what one of them has revoked; three processes, on each engine.',
  async run({ quick }) {
    const users = quick ? 100 : 500;
    const there = engines.filter(({ name }) => name === 'SQLite' || redisServer().path !== undefined);
    if (there.length < engines.length) console.log('Left out: Redis; there is no redis-server.');
    console.log(
      `After the acknowledgement, by how much later was a token sent that was still believed; ${users} users, ${replicas} replicas that ask every ms.`,
    );
    const found: object[] = [];
    let met: Met = there.length < engines.length ? 'unclear' : 'yes';
    for (const { name, start } of there) {
      await using engine = await start();
      const { lateMs, reasons } = await revokeWatched(engine.url, users, replicas);
      const sorted = lateMs.toSorted((a, b) => a - b);
      const at = (q: number): string => (sorted[Math.floor(q * (sorted.length - 1))] ?? 0).toFixed(1);
      const late = sorted.filter((ms) => ms > boundMs).length;
      const refused = reasons['PALIER_TOKEN_REFUSED'] ?? 0;
      console.log(
        `${name.padEnd(9)} p50 ${at(0.5)} ms · p99 ${at(0.99)} ms · longest ${at(1)} ms · later than ${boundMs} ms: ${late} of ${sorted.length}`,
      );
      if (late > 0 || refused < sorted.length || sorted.length < users * replicas) met = 'no';
      found.push({ name, lateMs: sorted, reasons });
    }
    console.log(
      `At most ${boundMs} ms everywhere: ${met === 'yes' ? 'kept' : met === 'no' ? 'MISSED' : 'cannot be told'}.`,
    );
    return { met, result: { users, replicas, found } };
  },
};

function sqliteFile(): Promise<Started> {
  const folder = temporaryFolder();
  const url = `sqlite:${join(folder.path, 'state.sqlite')}`;
  return Promise.resolve({ url, [Symbol.asyncDispose]: () => Promise.resolve(folder.remove()) });
}
