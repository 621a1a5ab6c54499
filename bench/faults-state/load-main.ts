/**
 * One process of the load: the file of its role in argv. Says `ready`, begins at `go`, and at `stop` waits for what is under way, writes its
 * log and says `done`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { packed, type Told } from './load/answers.ts';
import { Load } from './load/paced.ts';
import type { Role } from './load/role.ts';
import { openReplica, outcomeOf } from './service.ts';
import { openSessionsLoad } from './load/sessions.ts';
import { openTokensLoad } from './load/tokens.ts';

/** Beyond every deadline of ours, and node-redis's default of 5 s. */
const patienceMs = 6000;

const role = JSON.parse(readFileSync(process.argv[2] as string, 'utf8')) as Role;
const lines = createInterface({ input: process.stdin });
// Whoever started it is gone, and nobody wants what it would tell.
lines.once('close', () => process.exit(1));
const stopped = new Promise<void>((resolve) => {
  lines.on('line', (line) => {
    if (line === 'go') begin();
    else if (line === 'stop') resolve();
  });
});
const { load, begin, kept } = await open();
process.stdout.write('ready\n');
await stopped;
const told = await load.stop(patienceMs);
writeFileSync(role.toFile, packed({ ...told, kept: kept() }));
process.stdout.write('done\n');
process.exit(0);

async function open(): Promise<{ readonly load: Load; begin(): void; kept(): Told['kept'] }> {
  if (role.kind === 'sessions') {
    const load = new Load(outcomeOf);
    const { sessions } = await openReplica(role.url, role.shared, role);
    return { load, ...(await openSessionsLoad(load, sessions, role)) };
  }
  if (role.kind === 'tokens') {
    const load = new Load(outcomeOf);
    const { tokens } = await openReplica(role.url, role.shared, role);
    return { load, ...(await openTokensLoad(load, tokens, role)) };
  }
  const { openPeerLoad } = await import('./load/peers-redis.ts');
  // A peer's error says that it was not done, as far as it can tell.
  const load = new Load(() => 'unavailable');
  return { load, ...(await openPeerLoad(load, role.url, role)) };
}
