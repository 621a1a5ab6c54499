/** How many users apps/releases carries on one to five replicas: the table of the figures. */
import type { ScenarioReport } from '@palier/protocol';
import { allEngines, type Engines, enginesOf, provedOn } from '../engines/palier.ts';
import { errorPercentOf, valueOf } from '../engines/proof.ts';
import type { Met } from '../rows.ts';
import type { Study } from '../study.ts';
import { aligned, number } from '../table.ts';

interface Size {
  readonly replicas: readonly number[];
  /** Of the scenarios' 90 s. */
  readonly timeScale: string;
}

interface Cell {
  readonly engines: string;
  readonly replicas: number;
  readonly users: number;
  /** Null: it could not be run. */
  readonly scenario: ScenarioReport | null;
}

const levels = [100, 500, 1000, 1500] as const;
/** Twenty seconds of each: at 100 users too few requests to prove less than 0.1 % of errors. */
const full: Size = { replicas: [1, 2, 3, 4, 5], timeScale: '0.23' };
const quick: Size = { replicas: [1, 3], timeScale: '0.17' };
/** By the production goal. */
const goal = { users: 500, replicas: 3 } as const;

export const study: Study = {
  name: 'users',
  sentence: `apps/releases under ${levels.join(', ')} users on one to five replicas, on SQLite (ONLY='Redis + MariaDB': there).`,
  run: async ({ quick: isQuick }) => {
    const size = isQuick ? quick : full;
    const cells: Cell[] = [];
    console.log(
      'Each user thinks for 1 to 3 s between two tasks; of a hundred tasks 30 are the dashboard, 40 a list, 10 an upload, 20 the rules. 10 000 releases at\n' +
        'first. A replica has half a core; replicas, balancer and generator share the cores of this machine.\n',
    );
    for (const engines of process.env['ONLY'] === undefined ? allEngines.slice(0, 1) : enginesOf(allEngines)) {
      if (engines.missing.length > 0) console.log(`Left out: ${engines.name}: there is no ${engines.missing.join()}.`);
      else for (const replicas of size.replicas) cells.push(...(await playOn(engines, replicas, size.timeScale)));
    }
    console.log(
      `\n${tableOf(cells)}\n\nCPU: of the busiest replica, of its allotment; the goal of all is less than 60 %.`,
    );
    return { met: metOf(cells), result: { timeScale: size.timeScale, cells } };
  },
};

async function playOn(engines: Engines, replicas: number, timeScale: string): Promise<Cell[]> {
  const words = [...levels.map((users) => `users-${users}`), '--time-scale', timeScale];
  const name = `users, replicas ${replicas}, on ${engines.name}`;
  const report = await provedOn(engines, { app: 'releases', words, replicas, report: name, shown: false });
  const cells = levels.map((users, i) => {
    const scenario = report?.scenarios[i] ?? null;
    return { engines: engines.name, replicas, users, scenario };
  });
  for (const { users, scenario } of cells) {
    const words = scenario === null ? 'it could not be run' : scenario.reasons.join(' ');
    console.log(`${engines.name}, ${replicas} × ${users} users: ${scenario?.verdict ?? 'none'}. ${words}`);
  }
  return cells;
}

function tableOf(cells: readonly Cell[]): string {
  const head = ['engines', 'replicas', 'users', 'requests/s', 'mean ms', 'p95 ms', 'p99 ms', 'errors %', 'CPU %', ''];
  const rows = cells.map(({ engines, replicas, users, scenario }) => {
    if (scenario === null) return [engines, String(replicas), String(users), '', '', '', '', '', '', 'none'];
    const { total, criteria, verdict } = scenario;
    const { mean, p95, p99 } = total.responseMs;
    return [
      engines,
      String(replicas),
      String(users),
      number(total.requestsPerSecond),
      mean.toFixed(1),
      p95.toFixed(1),
      p99?.toFixed(1) ?? '–',
      errorPercentOf(scenario).toFixed(2),
      valueOf(criteria, 'CPU of '),
      verdict,
    ];
  });
  return aligned([head, ...rows], [1, 2, 3, 4, 5, 6, 7, 8]);
}

/** Met where the goal's users are carried by the goal's replicas, on each engine that was asked for. */
function metOf(cells: readonly Cell[]): Met {
  const judged = cells.filter(({ users, replicas }) => users === goal.users && replicas === goal.replicas);
  const verdicts = judged.map(({ scenario }) => scenario?.verdict ?? 'none');
  if (verdicts.some((verdict) => verdict === 'fail' || verdict === 'none')) return 'no';
  return verdicts.length > 0 && verdicts.every((verdict) => verdict === 'pass') ? 'yes' : 'unclear';
}
