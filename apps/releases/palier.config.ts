/** The system that `npm start` runs, loads and judges: three replicas of this application on one SQLite file. */
import { type ClosedScenarioFile, defineSystem, type OpenScenarioFile, type SystemFile } from 'palier';
import { loginOf, seedNumber, seedPassword, userCount } from './seed/people.ts';
import { firstReleaseId } from './seed/rows.ts';

type Weights = Readonly<Record<'dashboard' | 'list' | 'create' | 'rules', number>>;

/** What a user does with its token. */
function tasksOf(token: string, weights: Weights): ClosedScenarioFile['tasks'] {
  const headers = { authorization: `Bearer ${token}` };
  return {
    dashboard: { weight: weights.dashboard, steps: [{ request: 'GET /api/dashboard/stats', headers }] },
    list: {
      weight: weights.list,
      steps: [
        {
          request: 'GET /api/releases?page={{page}}&sort_by={{sort}}&release_type={{type}}',
          name: 'GET /api/releases',
          headers,
          check: { contains: '"items"' },
        },
      ],
    },
    create: {
      weight: weights.create,
      steps: [
        {
          request: 'POST /api/wizard/create',
          headers,
          form: {
            group: '{{group}}',
            release_type: 'EBOOK',
            file: { file: '{{dataDir}}/handbook.epub', contentType: 'application/epub+zip' },
          },
          check: { status: 201, json: { title: 'The Palier Handbook' } },
        },
      ],
    },
    rules: { weight: weights.rules, steps: [{ request: 'GET /api/rules', headers, check: { contains: '"items"' } }] },
  };
}

/** What production must keep, with 500 users who think 1 to 3 s between two pages and 10 000 releases. */
const production: ClosedScenarioFile['limits'] = { p95Ms: 200, p99Ms: 500, errorPercent: 0.1, cpuPercent: 60 };

const common: Pick<ClosedScenarioFile, 'draw' | 'limits'> = {
  draw: {
    page: { int: [1, 20] },
    sort: { oneOf: ['created_at', 'title', 'status', 'release_type'] },
    type: { oneOf: ['EBOOK', 'TV', 'DOCS', 'AUDIOBOOK', 'GAME'] },
    group: { oneOf: ['PALIER', 'quarto', 'Folio'] },
  },
  limits: { p95Ms: 200, errorPercent: 0.1, cpuPercent: 80, memoryPercent: 80 },
};

/** By the plan of the load: of a hundred tasks. */
const planned: Weights = { dashboard: 30, list: 40, create: 10, rules: 20 };

/** On loopback: what a reader far away waits for besides is a round trip for the document and two for what it names. */
const pageLimits = { firstContentfulPaintMs: 1000, interactiveMs: 1500, bundleBytes: 40_000 };
const login = { page: '/login', fill: { 'input[name=login]': loginOf(3), 'input[name=password]': seedPassword } };
/** Need Chromium, as `first` does not: who tries Palier may have none. Each page takes some 20 s after the load. */
const pages: NonNullable<ClosedScenarioFile['limits']>['pages'] = {
  '/login': pageLimits,
  '/releases': { ...pageLimits, login },
};
const allPages: typeof pages = {
  ...pages,
  [`/releases/${firstReleaseId(seedNumber)}`]: { ...pageLimits, login },
  '/wizard': { ...pageLimits, login },
};

const users: Omit<ClosedScenarioFile, 'stages'> = {
  ...common,
  // The login limit is as everywhere, for it counts failures only. It sees people, too: each user sends from a loopback address of its own
  // (127.0.1.1 and on), and the balancer tells it to the replica, which believes 127.0.0.1 alone. Over a real network all come from one
  // address, and fifty of them may be logging in at the same moment.
  start: [
    {
      request: 'POST /api/auth/login',
      json: { login: '{{user.login}}', password: '{{user.password}}' },
      take: { token: 'access_token' },
    },
  ],
  thinkTime: ['1s', '3s'],
  tasks: tasksOf('{{token}}', planned),
  data: {
    user: { rows: Array.from({ length: userCount }, (_, i) => ({ login: loginOf(i + 1), password: seedPassword })) },
  },
};

/**
 * What a user does who has logged in this morning. A token lasts a day; a user who stays for half an hour makes 900 requests by it, and
 * its one login (50 ms of a processor, against 0.3 for a page) would be a twentieth of the work. A search for the limit brings thousands
 * of users within minutes, as no morning does: with their logins it would measure how fast people can arrive, and call it how many the
 * system carries. `first`, `normal`, `high` and `spike` log in.
 */
const { create: _made, ...readOnly } = tasksOf('{{user.token}}', { dashboard: 25, list: 50, create: 1, rules: 25 });
const reading: Pick<OpenScenarioFile, 'draw' | 'limits' | 'tasks' | 'data'> = {
  ...common,
  // Reading alone: with one task in fifty that made a release, ten searches made 34 000 of them, and the limit fell by a quarter meanwhile.
  tasks: readOnly,
  data: { user: { file: '{{dataDir}}/tokens.json' } },
};

/**
 * The plan's tasks by users who have logged in this morning: 50 logins a second are 2.2 cores of hashing, more than this machine has. They
 * think for 1 to 3 s.
 */
const loggedIn: Omit<ClosedScenarioFile, 'stages'> = {
  ...common,
  limits: production,
  thinkTime: ['1s', '3s'],
  tasks: tasksOf('{{user.token}}', planned),
  data: { user: { file: '{{dataDir}}/tokens.json' } },
};

/** The table of the figures, over replicas as well: `npm run bench -- users`. */
const levels: SystemFile['scenarios'] = Object.fromEntries(
  [100, 500, 1000, 1500].map((level) => [
    `users-${level}`,
    {
      description: `${level} users who think 1 to 3 s, by the production goal.`,
      // 100 of them make 50 requests a second: a minute would be too few to prove less than 0.1 % of errors.
      stages: [{ rampTo: level, within: '5s' }, { hold: '90s' }, { rampTo: 0, within: '5s' }],
      ...loggedIn,
    },
  ]),
);

const system: SystemFile = defineSystem({
  name: 'releases',
  services: {
    api: {
      // A young generation of 2 MB instead of 16: 30 MB less of the allotment, and the same requests a second.
      command: ['node', '--max-semi-space-size=2', 'main.ts'],
      prepare: [
        ['node', 'seed.ts'],
        ['node', 'book/main.ts'],
      ],
      env: {
        // Database, state, uploads and book. DATABASE_URL and STATE_URL (or REDIS_URL) of palier's own environment go before its files.
        DATA_DIR: '{{dataDir}}',
        // Their connections to a database server are held against what it takes.
        REPLICAS: '5',
        // Compiled once for all replicas: half the start, and no compiler of types in each one's memory.
        NODE_COMPILE_CACHE: '{{dataDir}}/compiled',
        // glibc keeps what each thread has freed: with four threads hashing passwords, 40 MB (elsewhere this is ignored).
        MALLOC_ARENA_MAX: '2',
        TOKENS_FILE: '{{dataDir}}/tokens.json',
        // Users of a load log in once and stay; none of them refreshes its token.
        ACCESS_MINUTES: '1440',
        // For trying and testing; a real installation hands in its own.
        JWT_SECRET: 'a-secret-for-a-system-that-runs-on-loopback-only',
      },
      // Two more for palier limit: to try whether one more would help, and for --replicas 1,2,3,4,5.
      replicas: { min: 3, max: 5 },
      allotment: { cpu: 0.5, memoryMb: 256 },
      health: '/health',
      metrics: '/metrics',
      routes: [
        'POST /api/auth/login',
        'POST /api/auth/refresh',
        'POST /api/auth/logout',
        'POST /api/auth/logout-everywhere',
        'GET /api/auth/me',
        'GET /api/dashboard/stats',
        'GET /api/releases',
        'GET /api/releases/:id',
        'PUT /api/releases/:id',
        'DELETE /api/releases/:id',
        'GET /api/rules',
        'GET /api/rules/:id',
        'POST /api/wizard/create',
        'POST /api/wizard/draft',
        'GET /api/wizard/:id',
        'POST /api/wizard/:id/upload',
        'POST /api/wizard/:id/analyze',
        'POST /api/wizard/:id/metadata',
        'POST /api/wizard/:id/options',
        'GET /api/wizard/:id/templates',
        'POST /api/wizard/:id/templates',
        'POST /api/wizard/:id/finalize',
        'GET /api/jobs',
        'GET /api/jobs/:id',
        'GET /api/jobs/:id/status',
        'GET /api/jobs/:id/logs',
        'PUT /api/jobs/:id/cancel',
        'POST /api/releases/:id/actions/nfofix',
        'POST /api/releases/:id/actions/readnfo',
        'POST /api/releases/:id/actions/repack',
        'POST /api/releases/:id/actions/dirfix',
        'GET /api/releases/:id/files',
        'GET /api/releases/:id/files/:file',
      ],
    },
  },
  // Each user keeps a connection, and `maximum` may go on to so many.
  balancer: { maxConnections: 20_000 },
  scenarios: {
    first: {
      description: '200 users arrive at 10 a second, stay for 55 seconds and leave: what npm start shows.',
      stages: [{ rampTo: 200, perSecond: 10 }, { hold: '55s' }, { rampTo: 0, within: '5s' }],
      ...users,
    },
    normal: {
      description: 'A normal day: 50 users for half an hour.',
      stages: [{ rampTo: 50, perSecond: 10 }, { hold: '30min' }, { rampTo: 0, within: '5s' }],
      ...users,
      limits: { ...common.limits, pages: allPages },
    },
    high: {
      description: 'A busy day: 200 users for an hour.',
      stages: [{ rampTo: 200, perSecond: 20 }, { hold: '1h' }, { rampTo: 0, within: '5s' }],
      ...users,
      limits: { p95Ms: 500, errorPercent: 1, cpuPercent: 90, memoryPercent: 90, pages },
    },
    maximum: {
      description:
        'The most: 500 users for two hours by the production goal; palier limit maximum --max-level 20000 goes on from there.',
      stages: [{ rampTo: 500, perSecond: 50 }, { hold: '2h' }, { rampTo: 0, within: '5s' }],
      ...loggedIn,
      limits: { ...production, pages },
    },
    spike: {
      description:
        'From nobody to 300 users at 10 a second, a hundred of them within the first 10 s, and back: 15 minutes.',
      stages: [{ rampTo: 300, perSecond: 10 }, { hold: '14min' }, { rampTo: 0, within: '30s' }],
      ...users,
      // No crash, and the latency settles: within 5 s of the last arrival, from where the limits are judged.
      warmUp: '5s',
      limits: { p95Ms: 200, p99Ms: 500, errorPercent: 0.1, cpuPercent: 90, memoryPercent: 90, crashes: 1, pages },
    },
    aim: {
      description: 'Where we mean to arrive: with 500 users every page of a read within 20 ms.',
      stages: [{ rampTo: 500, perSecond: 50 }, { hold: '10min' }, { rampTo: 0, within: '5s' }],
      ...loggedIn,
      limits: {
        ...production,
        pages,
        routes: {
          'GET /api/dashboard/stats': { p95Ms: 20 },
          'GET /api/releases': { p95Ms: 20 },
          'GET /api/rules': { p95Ms: 20 },
        },
      },
    },
    ...levels,
    readers: {
      description: 'Users who are logged in and think for 1 to 3 s, reading: for palier limit, in users.',
      stages: [{ rampTo: 400, perSecond: 200 }, { hold: '1min' }],
      thinkTime: ['1s', '3s'],
      ...reading,
    },
    rush: {
      description: 'A link goes round: people come at a rate, however slow the pages are, to read.',
      // Independent of one another; 1000 under way at 200/s would be answers of 5 s, far beyond the limit.
      arrivals: { spacing: 'poisson', maxConcurrent: 1000 },
      stages: [{ rateTo: 200, within: '10s' }, { hold: '1min' }],
      ...reading,
    },
  },
});
export default system;
