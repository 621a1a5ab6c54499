/**
 * The five services as one system: on SQLite by default; `DATABASE_URL` and `REDIS_URL` of palier's own environment go before its files. Twitch is
 * the simulated one.
 */
import { type ClosedScenarioFile, defineSystem, type ServiceFile, type SystemFile } from 'palier';

const mostUsers = 1000;

/** For trying and testing; a real installation hands in its own. */
const secret = 'a-secret-for-a-system-that-runs-on-loopback-only';

/** Each of the two workers shows the depth of the one queue, and what replicas show is added up. */
const mostWaiting = 2 * 100;

const common: Pick<ServiceFile, 'health' | 'metrics'> = { health: '/health', metrics: '/metrics' };

const shared: Readonly<Record<string, string>> = {
  DATA_DIR: '{{dataDir}}',
  SECRET: secret,
  // Of all services that open the database, when each has the most: ten connections each are below 80 % of the 151 that a MariaDB takes, and
  // where they are not below all of them no replica starts.
  REPLICAS: '11',
  NODE_COMPILE_CACHE: '{{dataDir}}/compiled',
};

const helixUrl = '{{services.helix.url}}';

const evening: Omit<ClosedScenarioFile, 'stages'> = {
  service: 'gateway',
  start: [{ request: 'GET /auth/simulated?as={{user.login}}', name: 'GET /auth/simulated', check: { status: 303 } }],
  thinkTime: ['2s', '8s'],
  // A streamer looks far more often than captures.
  tasks: {
    channels: { weight: 30, steps: [{ request: 'GET /channels', check: { contains: 'Capture' } }] },
    captures: { weight: 40, steps: [{ request: 'GET /collections', check: { contains: 'Captures' } }] },
    // Who has captured nothing yet is sent to the captures.
    analysis: { weight: 25, steps: [{ request: 'GET /analysis', check: { status: [200, 303] } }] },
    capture: {
      weight: 5,
      steps: [
        {
          request: 'POST /captures',
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
          body: 'broadcaster_id=5001',
          check: { status: 303 },
        },
      ],
    },
  },
  data: { user: { rows: Array.from({ length: mostUsers }, (_, i) => ({ login: `moderator_${i + 1}` })) } },
  limits: {
    // A gateway that is slower or busier: more gateways.
    p95Ms: 500,
    errorPercent: 0.1,
    cpuPercent: { gateway: 80 },
    // More than a hundred waiting through the hold: more workers.
    metrics: {
      'jobs that wait': {
        service: 'worker',
        metric: 'palier_queue_depth_jobs{state="ready"}',
        as: 'mean',
        max: mostWaiting,
      },
    },
  },
};

const system: SystemFile = defineSystem({
  name: 'chatters',
  services: {
    gateway: {
      ...common,
      command: ['node', 'gateway/main.ts'],
      env: {
        ...shared,
        HELIX_URL: helixUrl,
        TWITCH_API_URL: '{{services.twitch-api.url}}',
        ANALYSIS_URL: '{{services.analysis.url}}',
        SIMULATED_TWITCH: '1',
      },
      replicas: { min: 2, max: 4 },
      allotment: { cpu: 0.5 },
      routes: ['GET /', 'GET /channels', 'GET /collections', 'GET /collections/:id', 'GET /analysis', 'POST /captures'],
    },
    worker: {
      ...common,
      command: ['node', 'worker/main.ts'],
      env: { ...shared, HELIX_URL: helixUrl, TWITCH_API_URL: '{{services.twitch-api.url}}' },
      replicas: { min: 2, max: 6 },
    },
    analysis: {
      ...common,
      command: ['node', 'analysis/main.ts'],
      env: shared,
      routes: ['GET /collections/:id/summary'],
    },
    'twitch-api': {
      ...common,
      command: ['node', 'twitch-api/main.ts'],
      env: { ...shared, HELIX_URL: helixUrl },
      routes: ['GET /chatters', 'GET /users', 'GET /moderated-channels'],
    },
    helix: {
      command: ['node', 'helix/main.ts'],
      health: '/health',
      env: { HELIX_MODERATORS: String(mostUsers) },
    },
  },
  scenarios: {
    hundred: {
      description: 'An evening of 100 streamers and moderators.',
      // Twenty requests a second: enough of them to prove less than 0.1 % of errors.
      stages: [{ rampTo: 100, perSecond: 5 }, { hold: '3min' }, { rampTo: 0, within: '5s' }],
      ...evening,
    },
    fivehundred: {
      description: 'An evening of 500.',
      stages: [{ rampTo: 500, perSecond: 10 }, { hold: '5min' }, { rampTo: 0, within: '5s' }],
      ...evening,
    },
    thousand: {
      description: 'An evening of 1000.',
      stages: [{ rampTo: 1000, perSecond: 10 }, { hold: '10min' }, { rampTo: 0, within: '5s' }],
      ...evening,
    },
  },
});
export default system;
