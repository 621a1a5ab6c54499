/** The service that people see: pages, sessions, sign-in. It keeps nothing; any replica answers any request. */
import { openBus, openKv } from '@palier/kit/state';
import { openCaptureQueue } from '../capture/jobs.ts';
import { openTwitch } from '../capture/twitch.ts';
import { openConsents } from '../consent/consents.ts';
import { openIdentity } from '../consent/identity.ts';
import { openSeal } from '../consent/seal.ts';
import { openDatabase } from '../database/open.ts';
import { listenOn, runProcess } from '../web/process.ts';
import { buildService } from '../web/service.ts';
import { readGatewayOptions } from './options.ts';
import { faultPage } from './pages/layout.ts';
import { gatewayRoutes, guards } from './server.ts';

const write = (line: string): void => void process.stdout.write(line);

await runProcess(write, async (running) => {
  const { around, meters, opening } = running;
  const options = readGatewayOptions(process.env);
  const sql = opening.use(await openDatabase(options, around));
  const kv = opening.use(await openKv(options.stateUrl, around));
  const bus = opening.use(await openBus(options.stateUrl, around));
  // Its jobs are the workers' to measure.
  const queue = opening.use(await openCaptureQueue(sql, around, { bus }));
  const identity = openIdentity(options, around);
  const consents = openConsents(sql, openSeal(options.secret, around.entropy), identity, around.clock);
  const reached = (): Promise<unknown> =>
    Promise.all([sql.query.selectFrom('users').select('id').limit(1).execute(), kv.get('health')]);
  const service = buildService({ ...around, meters, reached, draw: faultPage, guards });
  const twitch = openTwitch(options, around.timers);
  const desk = { sql, queue, twitch, consents, clock: around.clock, around, identity, options };
  await gatewayRoutes(service.app, desk, kv);
  opening.defer(() => service.leave());
  await listenOn(service.app, options, running);
});
