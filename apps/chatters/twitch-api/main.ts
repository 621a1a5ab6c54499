/** The service that speaks with Twitch for the others: however many replicas there are, each user's points are used once. */
import { openUpstream } from '@palier/kit/limit';
import { keyOf, openKv } from '@palier/kit/state';
import { listenOn, runProcess } from '../web/process.ts';
import { buildService } from '../web/service.ts';
import { openHelix } from './helix.ts';
import { readTwitchApiOptions } from './options.ts';
import { twitchRoutes } from './routes.ts';

const write = (line: string): void => void process.stdout.write(line);

await runProcess(write, async (running) => {
  const { around, meters, opening } = running;
  const options = readTwitchApiOptions(process.env);
  const kv = opening.use(await openKv(options.stateUrl, around));
  const permits = options.pointsPerMinute;
  const upstream = opening.use(openUpstream(kv, around, { name: 'helix', permits, windowMs: 60_000 }));
  const service = buildService({
    ...around,
    meters,
    reached: () => kv.get(keyOf('health', 'ping'), { timeoutMs: 500 }),
  });
  twitchRoutes(service.app, openHelix(upstream, around, options), kv, options.moderatedForMs);
  opening.defer(() => service.leave());
  await listenOn(service.app, options, running);
});
