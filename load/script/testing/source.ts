/** Sources of scripts for tests: a shop with everything that a scenario can have, unless told otherwise. */
import type { GeneratorPlan, PlannedStep, RequestStepFile, Scenario } from '@palier/protocol';
import type { ScriptSource } from '../options.ts';

export function stepOf(change: Partial<PlannedStep> = {}): PlannedStep {
  return {
    route: 'GET /',
    method: 'GET',
    path: '/',
    headers: {},
    body: null,
    take: {},
    ...change,
    check: { status: [], contains: null, json: {}, ...change.check },
  };
}

const logIn = stepOf({
  route: 'POST /login',
  method: 'POST',
  path: '/login',
  body: { kind: 'json', json: { login: '{{user.login}}', remember: true, age: '{{user.age}}' } },
  take: { token: 'access.token', place: 'header:Location' },
});
const browse = stepOf({
  route: 'GET /items',
  path: '/items?page={{page}}&word={{word}}',
  headers: { authorization: 'Bearer {{token}}' },
  check: { status: [200, 304], contains: '"items"', json: { 'items.0.id': 7, 'user.name': '{{user.login}}' } },
  take: { id: 'items.0.id' },
});
const open = stepOf({ route: 'GET /items/:id', path: '/items/{{id}}' });
const upload = stepOf({
  route: 'POST /books',
  method: 'POST',
  path: '/books',
  body: {
    kind: 'form',
    parts: [
      { name: 'title', text: 'of {{user.login}}' },
      { name: 'book', filename: 'a.epub', contentType: 'application/epub+zip', base64: '' },
    ],
  },
  check: { status: [201], contains: null, json: {} },
});

export interface SourceChange {
  readonly plan?: Partial<ScriptSource['plan']>;
  readonly scenario?: Partial<ScriptSource['scenario']>;
  readonly source?: Partial<ScriptSource>;
}

export function sourceOf(change: SourceChange = {}): ScriptSource {
  const plan: GeneratorPlan<PlannedStep> = {
    scenario: 'normal',
    seed: 1,
    target: { host: '127.0.0.1', port: 80, basePath: '', authority: 'shop:80', tls: null },
    stages: [
      { kind: 'ramp', fromLevel: 0, toLevel: 50, durationMs: 5000 },
      { kind: 'hold', fromLevel: 50, toLevel: 50, durationMs: 60_000 },
    ],
    arrivals: null,
    thinkMs: { min: 1000, max: 3000 },
    start: [logIn],
    tasks: [
      { name: 'browse', weight: 80, steps: [browse, open] },
      { name: 'upload', weight: 20, steps: [upload] },
    ],
    data: { user: { pick: 'each-user', rows: [{ login: 'ada', age: 36 }] } },
    draw: { page: { int: [1, 9] }, word: { oneOf: ['tea', 'iced tea'] } },
    windows: [
      { name: 'ramp', startMs: 0, endMs: 5000, judged: false },
      { name: 'warm-up', startMs: 5000, endMs: 10_000, judged: false },
      { name: 'hold', startMs: 10_000, endMs: 65_000, judged: true },
    ],
    requestTimeoutMs: 30_000,
    share: { index: 0, of: 1 },
    ownAddresses: true,
    ...change.plan,
  };
  const book = { file: './a.epub' };
  const formOf = ({ body }: PlannedStep): Record<string, typeof book | string> =>
    Object.fromEntries(
      (body?.kind === 'form' ? body.parts : []).map((part) => [part.name, 'text' in part ? '' : book]),
    );
  const scenario: Scenario<RequestStepFile> = {
    name: plan.scenario,
    description: 'An ordinary afternoon.',
    model: plan.arrivals === null ? 'closed' : 'open',
    service: 'api',
    stages: plan.stages,
    arrivals: null,
    thinkMs: plan.thinkMs,
    start: plan.start.map((step) => ({ request: 'GET /', form: formOf(step) })),
    tasks: plan.tasks.map(({ name, weight, steps }) => ({
      name,
      weight,
      steps: steps.map((step) => ({ request: 'GET /', form: formOf(step) })),
    })),
    data: Object.fromEntries(Object.entries(plan.data).map(([name, { rows, pick }]) => [name, { rows, pick }])),
    draw: plan.draw,
    limits: { p95Ms: 200, p99Ms: 500, errorPercent: 0.7, routes: { 'GET /items': { p95Ms: 100 } }, cpuPercent: 80 },
    judge: 'holds',
    warmUpMs: 5000,
    requestTimeoutMs: plan.requestTimeoutMs,
    seed: 1,
    ...change.scenario,
  };
  return {
    scenario,
    plan,
    leftOut: [],
    system: 'shop',
    configName: 'palier.config.ts',
    scriptName: 'normal.js',
    pathOf: (file) => file,
    baseUrl: null,
    ...change.source,
  };
}
