/** The system that `npm start` runs, loads and judges: three replicas of this application on one SQLite file. */
import { type ClosedScenarioFile, defineSystem, type SystemFile } from 'palier';
import { loginOf, seedPassword, userCount } from './seed/people.ts';

/** What a user does, by the plan: dashboard 30 %, list 40 %, creation with upload 10 %, rules 20 %. */
const bearer = { authorization: 'Bearer {{token}}' };
const tasks: ClosedScenarioFile['tasks'] = {
  dashboard: { weight: 30, steps: [{ request: 'GET /api/dashboard/stats', headers: bearer }] },
  list: {
    weight: 40,
    steps: [
      {
        request: 'GET /api/releases?page={{page}}&sort_by={{sort}}&release_type={{type}}',
        name: 'GET /api/releases',
        headers: bearer,
        check: { contains: '"items"' },
      },
    ],
  },
  create: {
    weight: 10,
    steps: [
      {
        request: 'POST /api/wizard/create',
        headers: bearer,
        form: {
          group: '{{group}}',
          release_type: 'EBOOK',
          file: { file: '{{dataDir}}/handbook.epub', contentType: 'application/epub+zip' },
        },
        check: { status: 201, json: { title: 'The Palier Handbook' } },
      },
    ],
  },
  rules: { weight: 20, steps: [{ request: 'GET /api/rules', headers: bearer, check: { contains: '"items"' } }] },
};

const users: Omit<ClosedScenarioFile, 'stages'> = {
  start: [
    {
      request: 'POST /api/auth/login',
      json: { login: '{{user.login}}', password: '{{user.password}}' },
      take: { token: 'access_token' },
    },
  ],
  thinkTime: ['1s', '3s'],
  tasks,
  data: {
    user: { rows: Array.from({ length: userCount }, (_, i) => ({ login: loginOf(i + 1), password: seedPassword })) },
  },
  draw: {
    page: { int: [1, 20] },
    sort: { oneOf: ['created_at', 'title', 'status', 'release_type'] },
    type: { oneOf: ['EBOOK', 'TV', 'DOCS', 'AUDIOBOOK', 'GAME'] },
    group: { oneOf: ['PALIER', 'quarto', 'Folio'] },
  },
  limits: { p95Ms: 200, errorPercent: 0.1, cpuPercent: 80, memoryPercent: 80 },
};

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
        DATABASE_URL: 'sqlite:{{dataDir}}/releases.sqlite',
        UPLOAD_DIR: '{{dataDir}}/uploads',
        BOOK_FILE: '{{dataDir}}/handbook.epub',
        // Compiled once for all replicas: half the start, and no compiler of types in each one's memory.
        NODE_COMPILE_CACHE: '{{dataDir}}/compiled',
        // glibc keeps what each thread has freed: with four threads hashing passwords, 40 MB (elsewhere this is ignored).
        MALLOC_ARENA_MAX: '2',
        // For trying and testing; a real installation hands in its own.
        JWT_SECRET: 'a-secret-for-a-system-that-runs-on-loopback-only',
      },
      replicas: 3,
      allotment: { cpu: 0.5, memoryMb: 256 },
      health: '/health',
      metrics: '/metrics',
      routes: [
        'POST /api/auth/login',
        'GET /api/auth/me',
        'GET /api/dashboard/stats',
        'GET /api/releases',
        'GET /api/releases/:id',
        'GET /api/rules',
        'GET /api/rules/:id',
        'POST /api/wizard/create',
      ],
    },
  },
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
    },
  },
});
export default system;
