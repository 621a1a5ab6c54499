/** The service that says what the accounts of a collection have in common. */
import { openKv } from '@palier/kit/state';
import { openDatabase } from '../database/open.ts';
import { listenOn, runProcess } from '../web/process.ts';
import { buildService } from '../web/service.ts';
import { readAnalysisOptions } from './options.ts';
import { analysisRoutes } from './routes.ts';

const write = (line: string): void => void process.stdout.write(line);

await runProcess(write, async (running) => {
  const { around, meters, opening } = running;
  const options = readAnalysisOptions(process.env);
  const sql = opening.use(await openDatabase(options, around));
  const kv = opening.use(await openKv(options.stateUrl, around));
  const reached = (): Promise<unknown> => sql.query.selectFrom('users').select('id').limit(1).execute();
  const service = buildService({ ...around, meters, reached });
  analysisRoutes(service.app, { sql, kv, clock: around.clock, keptForMs: options.keptForMs });
  opening.defer(() => service.leave());
  await listenOn(service.app, options, running);
});
