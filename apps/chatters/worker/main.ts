/** The service that reads and enriches captures: as many replicas as there is work, each killed at any moment without a loss. */
import { openBus } from '@palier/kit/state';
import type { CaptureDesk } from '../capture/desk.ts';
import { enrichHandler } from '../capture/enrich.ts';
import { openCaptureQueue } from '../capture/jobs.ts';
import { readHandler } from '../capture/read.ts';
import { openTwitch } from '../capture/twitch.ts';
import { openConsents } from '../consent/consents.ts';
import { openIdentity } from '../consent/identity.ts';
import { openSeal } from '../consent/seal.ts';
import { openDatabase } from '../database/open.ts';
import { listenOn, runProcess } from '../web/process.ts';
import { buildService } from '../web/service.ts';
import { clean } from './clean.ts';
import { readWorkerOptions } from './options.ts';

const write = (line: string): void => void process.stdout.write(line);

await runProcess(write, async (running) => {
  const { around, meters, opening } = running;
  const options = readWorkerOptions(process.env);
  const sql = opening.use(await openDatabase(options, around));
  const bus = opening.use(await openBus(options.stateUrl, around));
  const queue = opening.use(await openCaptureQueue(sql, around, { bus, meters, leaseMs: options.leaseMs }));
  const desk: CaptureDesk = {
    sql,
    queue,
    twitch: openTwitch(options, around.timers),
    consents: openConsents(sql, openSeal(options.secret, around.entropy), openIdentity(options, around), around.clock),
    clock: around.clock,
  };
  const handlers = { read: readHandler(desk), enrich: enrichHandler(desk) };
  opening.use(await queue.work(handlers, { concurrency: options.jobsAtOnce, stopMs: options.stopMs }));
  let cleaning = false;
  const tidy = async (): Promise<void> => {
    if (cleaning) return;
    cleaning = true;
    await clean(desk).catch((error) => around.log('warn', 'Could not clean up now', { why: String(error) }));
    cleaning = false;
  };
  opening.defer(around.timers.every(options.cleanEveryMs, () => void tidy()));
  const reached = (): Promise<unknown> => sql.query.selectFrom('users').select('id').limit(1).execute();
  const service = buildService({ ...around, meters, reached });
  opening.defer(() => service.leave());
  await listenOn(service.app, options, running);
});
