import { describe, expect, it } from 'vitest';
import { checkSystem } from './check.ts';
import type { Scenario } from './scenario.ts';

const scenario = {
  stages: [{ rampTo: 50, perSecond: 10 }, { hold: '30min' }, { rampTo: 0, within: '5s' }],
  thinkTime: ['1s', '3s'],
  tasks: { look: { weight: 100, steps: [{ request: 'GET /' }] } },
};
const sound = { name: 'shop', services: { api: { command: ['node', 'server.js'] } }, scenarios: { normal: scenario } };

function mistakes(file: unknown): string {
  try {
    checkSystem(file, '/shop/palier.config.ts');
  } catch (error) {
    return (error as Error).message;
  }
  return '';
}

function withScenario(change: Record<string, unknown>): unknown {
  return { ...sound, scenarios: { normal: { ...scenario, ...change } } };
}

describe('checkSystem', () => {
  it('fills in every default of a minimal file', () => {
    const { system, scenarios } = checkSystem(sound, '/shop/palier.config.ts');
    expect(system.services[0]).toMatchObject({
      cwd: '/shop',
      replicas: { min: 1, max: 1 },
      http: { listenPort: 0, health: { path: '/', acceptBelow500: true } },
      startTimeoutMs: 30_000,
    });
    expect(scenarios['normal']).toMatchObject({ service: 'api', thinkMs: { min: 1000, max: 3000 }, judge: 'holds' });
  });

  it('turns stages into ramps and holds with their lengths', () => {
    expect(checkSystem(sound, '/f').scenarios['normal']?.stages).toEqual([
      { kind: 'ramp', fromLevel: 0, toLevel: 50, durationMs: 5000 },
      { kind: 'hold', fromLevel: 50, toLevel: 50, durationMs: 1_800_000 },
      { kind: 'ramp', fromLevel: 50, toLevel: 0, durationMs: 5000 },
    ]);
  });

  it('makes a scenario with arrivals an open one, its stages rates', () => {
    const { thinkTime: _, ...rest } = scenario;
    const open = { ...rest, arrivals: {}, stages: [{ rateTo: 200, within: '10s' }, { hold: '1min' }] };
    expect(checkSystem({ ...sound, scenarios: { open } }, '/f').scenarios['open']).toMatchObject({
      model: 'open',
      arrivals: { spacing: 'poisson', maxConcurrent: 1000, recorded: null },
      thinkMs: { min: 0, max: 0 },
      stages: [
        { kind: 'ramp', fromLevel: 0, toLevel: 200, durationMs: 10_000 },
        { kind: 'hold', fromLevel: 200, toLevel: 200, durationMs: 60_000 },
      ],
    });
    expect(checkSystem(sound, '/f').scenarios['normal']).toMatchObject({ model: 'closed', arrivals: null });
    const recorded = { ...rest, stages: undefined, arrivals: { recorded: './friday.json' } };
    expect(mistakes({ ...sound, scenarios: { recorded } })).toBe('');
  });

  it.each([
    ['both models', { arrivals: {} }, 'normal.thinkTime: is ["1s","3s"]; expected nothing, since arrivals are given'],
    ['neither model', { thinkTime: undefined }, 'normal.thinkTime: is nothing; expected a pause'],
    ['users that arrive', { arrivals: {}, thinkTime: undefined }, 'normal.stages.0: is {"rampTo":50,"perSecond":10}'],
    ['a rate of users', { stages: [{ rateTo: 5, within: '0s' }] }, 'arrivals a second need "arrivals: {}"'],
    [
      'a rate of nothing',
      { arrivals: {}, thinkTime: undefined, stages: [{ rateTo: 0, within: '0s' }, { hold: '5s' }] },
      'expected a rate above 0',
    ],
    ['no stages', { stages: undefined }, 'normal.stages: is nothing; expected a list of at least one stage'],
    [
      'a rate that no process can send',
      { arrivals: {}, thinkTime: undefined, stages: [{ rateTo: 1e6, within: '0s' }] },
      'normal.stages.0.rateTo: is 1000000; expected at most 50000 arrivals a second',
    ],
    [
      'a recording with stages and a spacing',
      { arrivals: { recorded: 'a.json', spacing: 'even' }, thinkTime: undefined },
      'normal.arrivals.spacing: is "even"; expected nothing, since arrivals.recorded says',
    ],
    [
      'a pool of nobody',
      { arrivals: { maxConcurrent: 0 }, thinkTime: undefined },
      'normal.arrivals.maxConcurrent: is 0; expected at least 1',
    ],
  ])('refuses %s', (_, change, expected) => {
    expect(mistakes(withScenario(change))).toContain(expected);
  });

  it('gives a service what its tunables say, as a part of its environment', () => {
    const tunables = { pool: { env: 'POOL_SIZE', from: 5, to: 10 } };
    const file = { ...sound, services: { api: { command: ['node'], env: { A: 'b' }, tunables } } };
    expect(checkSystem(file, '/f').system.services[0]).toMatchObject({
      env: { A: 'b', POOL_SIZE: '5' },
      tunables: [{ name: 'pool', env: 'POOL_SIZE', from: '5', to: '10', relieves: ['pool'] }],
    });
  });

  it.each([
    [
      'that env sets already',
      { env: 'A', from: 5, to: 10 },
      'tunables.pool.env: is "A"; expected a variable that neither',
    ],
    ['of the port', { env: 'PORT', from: 5, to: 10 }, 'tunables.pool.env: is "PORT"'],
    [
      'that changes nothing',
      { env: 'B', from: 5, to: '5' },
      'tunables.pool.to: is "5"; expected another value than from',
    ],
    ['of no variable', { env: 'a-b', from: 5, to: 10 }, 'expected the name of an environment variable'],
    [
      'that relieves what no setting can',
      { env: 'B', from: 5, to: 10, relieves: ['disk'] },
      'expected one of pool, lock',
    ],
  ])('refuses a tunable %s', (_, pool, expected) => {
    const api = { command: ['node'], env: { A: 'b' }, tunables: { pool } };
    expect(mistakes({ ...sound, services: { api } })).toContain(expected);
  });

  it('names the file, the key, what stands there and what is expected', () => {
    const text = mistakes({ ...sound, services: { api: { command: ['node'], replicas: 'three', replcas: 3 } } });
    expect(text).toContain('/shop/palier.config.ts has 2 mistakes');
    expect(text).toContain('services.api.replicas: is "three"; expected a whole number from 1 to 200, or { min, max }');
    expect(text).toContain('services.api.replcas: is 3; expected no such key; did you mean "replicas"?');
  });

  it('asks of a mistyped key whether another one was meant, at whatever depth, and says nothing of one that resembles none', () => {
    const limits = { p95ms: 200, colour: 'red' };
    const text = mistakes(withScenario({ limits, thinktime: '1s' }));
    expect(text).toContain('normal.limits.p95ms: is 200; expected no such key; did you mean "p95Ms"?');
    expect(text).toContain('normal.thinktime: is "1s"; expected no such key; did you mean "thinkTime"?');
    expect(text).toMatch(/limits\.colour: is "red"; expected no such key$/m);
    const steps = [{ request: 'GET /', chek: { status: 200 } }, { reqest: 'GET /' }, { expect: { contain: 'a' } }];
    const inSteps = mistakes(withScenario({ tasks: { look: { weight: 100, steps } } }));
    for (const meant of ['check', 'request', 'contains']) expect(inSteps).toContain(`did you mean "${meant}"?`);
  });

  it('takes limits on pages, with the login of those that need one, and says what a login lacks', () => {
    const login = { page: '/login', fill: { '#name': 'ada', '#word': 'secret' } };
    const pages = { '/': { interactiveMs: 900 }, '/list': { login, bundleBytes: 50_000 } };
    const { limits } = checkSystem(withScenario({ limits: { pages } }), '/shop/palier.config.ts').scenarios[
      'normal'
    ] as Scenario;
    expect(limits.pages).toEqual(pages);
    const wrong = { '/a': { login: { page: 'login', fill: {} } }, '/b': { login: { fill: { '#name': 1 } } }, c: {} };
    const text = mistakes(withScenario({ limits: { pages: wrong } }));
    expect(text).toContain('pages./a.login.page: is "login"; expected a path such as "/login", without spaces');
    expect(text).toContain('pages./a.login.fill: is {}; expected 1 to 10 fields');
    expect(text).toContain('pages./b.login.page: is nothing; expected the path of the login');
    expect(text).toContain('pages./b.login.fill.#name: is 1; expected a text');
    expect(text).toContain('pages.c: is {}; expected limits by path');
  });

  it('shows the sum of weights that do not add up to 100', () => {
    const tasks = {
      a: { weight: 30, steps: [{ request: 'GET /' }] },
      b: { weight: 60, steps: [{ request: 'GET /' }] },
    };
    expect(mistakes(withScenario({ tasks }))).toContain('weights 30 + 60 = 90; expected weights that add up to 100');
  });

  it.each([
    [
      'a service that does not exist',
      { service: 'web' },
      'scenarios.normal.service: is "web"; expected a service with HTTP: api',
    ],
    ['a duration without unit', { thinkTime: '5' }, 'scenarios.normal.thinkTime: is "5"; expected'],
    [
      'a value that nothing gives',
      { tasks: { a: { weight: 100, steps: [{ request: 'GET /{{id}}' }] } } },
      'is {{id}}; expected',
    ],
    [
      'a percentage of no allotment',
      { limits: { cpuPercent: 80 } },
      'services.api.allotment.cpu: is nothing; expected an allotment',
    ],
    ['a load of nobody', { stages: [{ hold: '1s' }] }, 'expected a ramp to at least one user'],
    ['an unknown stage', { stages: [{ rampTo: 5 }] }, 'scenarios.normal.stages.0'],
    ['a body twice', { tasks: { a: { weight: 100, steps: [{ request: 'POST /', json: {}, body: '' }] } } }, '2 bodies'],
    [
      'a request without method',
      { tasks: { a: { weight: 100, steps: [{ request: '/x' }] } } },
      'expected a method and a path',
    ],
    [
      'a page that is no path',
      { limits: { pages: { login: { scriptErrors: 1 } } } },
      'limits.pages.login: is {"scriptErrors":1}; expected limits by path, such as "/login"',
    ],
    ['a page with an unknown limit', { limits: { pages: { '/': { paintMs: 9 } } } }, 'is 9; expected no such key'],
    [
      'more pages than are visited in a short while',
      { limits: { pages: Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`/${i}`, { bundleBytes: 1 }])) } },
      'expected at most 10 pages',
    ],
    [
      'a metric without a page',
      { limits: { metrics: { q: { metric: 'm', as: 'rate', max: 1 } } } },
      'services.api.metrics: is nothing',
    ],
  ])('refuses %s', (_, change, expected) => {
    expect(mistakes(withScenario(change))).toContain(expected);
  });

  it('takes WebSocket steps, with requests between them', () => {
    const steps = [
      { connect: '/live?serial={{serial}}', headers: { authorization: 'x' }, protocols: ['fleet.v1'] },
      { expect: { json: { type: 'welcome' } }, within: '5s', take: { session: 'session' } },
      { hold: '30s' },
      { request: 'GET /{{session}}' },
      { send: { type: 'heartbeat', session: '{{session}}' } },
      { expect: {} },
      { close: true },
      { connect: '/again' },
    ];
    const change = { tasks: { a: { weight: 100, steps } }, draw: { serial: { int: [1, 9] } } };
    expect(mistakes(withScenario(change))).toBe('');
  });

  it.each([
    ['a send before a connect', [{ send: 'hi' }], 'steps.0: is {"send":"hi"}; expected a step { connect: "/path" }'],
    ['an expect after a close', [{ connect: '/a' }, { close: true }, { expect: {} }], 'steps.2: is {"expect":{}}'],
    [
      'a connect inside an open connection',
      [{ connect: '/a' }, { connect: '/b' }],
      'expected { close: true } before it, since scenarios.normal.tasks.a.steps.0 has opened a WebSocket',
    ],
    ['a path without a slash', [{ connect: 'live' }], 'steps.0.connect: is "live"; expected a path without spaces'],
    ['a hold of no time', [{ connect: '/a' }, { hold: '0s' }], 'expected a time above 0'],
    ['a hold without a unit', [{ connect: '/a' }, { hold: 30 }], 'steps.1.hold: is 30; expected a duration'],
    ['an expect of something else', [{ connect: '/a' }, { expect: { text: 'x' } }], 'steps.1.expect.text: is "x"'],
    ['a foreign key', [{ connect: '/a', body: 'x' }], 'steps.0.body: is "x"; expected no such key'],
    ['a step of no kind', [{ wait: '5s' }], 'expected a step: an object with a request, or with connect, send'],
    [
      'a header of a message',
      [{ connect: '/a' }, { expect: {}, take: { id: 'header:id' } }],
      'steps.1.take.id: is "header:id"; expected a path of the JSON message',
    ],
    ['a value that nothing gives in a message', [{ connect: '/a' }, { send: '{{who}}' }], 'is {{who}}; expected'],
    ['a subprotocol twice', [{ connect: '/a', protocols: ['b', 'b'] }], 'expected each subprotocol once'],
  ])('refuses %s', (_, steps, expected) => {
    expect(mistakes(withScenario({ tasks: { a: { weight: 100, steps } } }))).toContain(expected);
  });

  it('reads a metric of the scenario’s own service, though a worker stands first', () => {
    const limits = { metrics: { rate: { metric: 'n_total', as: 'rate', max: 5 } } };
    const services = { mailer: { command: ['node'], http: false }, api: { command: ['node'], metrics: '/metrics' } };
    expect(mistakes({ ...sound, services, scenarios: { normal: { ...scenario, limits } } })).toBe('');
  });

  it('finds an unknown value in a body, also under a key called file', () => {
    const steps = [{ request: 'POST /', json: { file: '{{nope}}' } }];
    expect(mistakes(withScenario({ tasks: { a: { weight: 100, steps } } }))).toContain('is {{nope}}; expected');
  });

  it('refuses a value that is only taken later', () => {
    const login = { request: 'POST /login', take: { token: 'token' } };
    const steps = [{ request: 'GET /{{token}}' }, login];
    expect(mistakes(withScenario({ tasks: { a: { weight: 100, steps } } }))).toContain('is {{token}}; expected');
    expect(mistakes(withScenario({ start: [login], tasks: { a: { weight: 100, steps } } }))).toBe('');
  });

  it.each([[undefined], [null], [5], [{}], [{ name: 'x', services: {} }], [{ name: 'X', services: sound.services }]])(
    'refuses %j without a crash',
    (file) => {
      expect(mistakes(file)).toContain('expected');
    },
  );
});
