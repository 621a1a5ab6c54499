import { describe, expect, it } from 'vitest';
import type { ScriptTool } from './options.ts';
import { requestsOf } from './requests.ts';
import { writeScript } from './script.ts';
import { type SourceChange, sourceOf, stepOf } from './testing/source.ts';

function textOf(tool: ScriptTool, change: SourceChange = {}): string {
  return writeScript(tool, sourceOf(change)).text;
}

const open: SourceChange = {
  plan: {
    arrivals: { spacing: 'poisson', maxConcurrent: 300, recordedMs: null },
    thinkMs: { min: 0, max: 0 },
    stages: [
      { kind: 'ramp', fromLevel: 0, toLevel: 2.5, durationMs: 1000 },
      { kind: 'hold', fromLevel: 2.5, toLevel: 2.5, durationMs: 90_000 },
    ],
  },
};

it('says what becomes of the cookies that a step states itself, where that differs', () => {
  const step = stepOf({ headers: { Cookie: 'theme=dark' } });
  const noteOf = (tool: ScriptTool) =>
    writeScript(tool, sourceOf({ plan: { start: [step] } })).notes.filter((note) => note.includes('cookies'));
  expect(noteOf('k6')).toEqual([expect.stringContaining('palier only the stated ones')]);
  expect(noteOf('locust')).toEqual([]);
});

describe('requestsOf', () => {
  const { scenario, plan } = sourceOf();
  const channel = { kind: 'connect', route: 'WS /', path: '/', headers: {}, protocols: [] } as const;
  const withTask = (weight: number) => ({
    scenario: { ...scenario, tasks: [...scenario.tasks, { name: 'live', weight, steps: [{ connect: '/' }] }] },
    plan: { ...plan, tasks: [...plan.tasks, { name: 'live', weight, steps: [channel] }] },
  });

  it.each(['k6', 'locust'] as const)('leaves out a task that uses a WebSocket, with a note: %s', (tool) => {
    const wide = withTask(50);
    const { text, notes } = writeScript(tool, { ...sourceOf(), ...requestsOf(wide.scenario, wide.plan) });
    const note = notes.find((one) => one.startsWith('WebSocket steps cannot be carried over: left out: live.'));
    expect(note).toBeDefined();
    expect(text).toContain('browse');
    expect(requestsOf(scenario, plan).leftOut).toEqual([]);
  });

  it('refuses a scenario of which nothing would be left', () => {
    const wide = withTask(100);
    const only = { ...wide.plan, tasks: wide.plan.tasks.slice(-1) };
    expect(() => requestsOf({ ...wide.scenario, tasks: wide.scenario.tasks.slice(-1) }, only)).toThrow('in every task');
    const start = { ...wide.scenario, start: [{ connect: '/' }] };
    expect(() => requestsOf(start, { ...wide.plan, start: [channel] })).toThrow('in its start');
  });
});

describe('writeScript', () => {
  it.each(['k6', 'locust'] as const)('gives the same bytes for the same source: %s', (tool) => {
    expect(writeScript(tool, sourceOf())).toEqual(writeScript(tool, sourceOf()));
  });

  it('writes users, think time, weights and time-out as k6 says them', () => {
    const text = textOf('k6');
    expect(text).toContain("executor: 'ramping-vus'");
    expect(text).toMatch(/{ duration: '5s', target: 50 },\s*{ duration: '1m', target: 50 }/);
    expect(text).toContain("gracefulRampDown: '30s'");
    expect(text).toContain('sleep(1 + Math.random() * 2);');
    expect(text).toContain('noCookiesReset: true');
    expect(text).toContain('{ weight: 80, run: browse }');
    expect(text).toContain("timeout: '30s'");
    expect(text).toContain('started ||= start();');
  });

  it('writes users, think time, weights and time-out as Locust says them', () => {
    const text = textOf('locust');
    expect(text).toContain('(0, 50, 5),\n        (50, 50, 60),');
    expect(text).toContain('wait_time = between(1, 3)');
    expect(text).toContain('@task(80)\n    def browse(self):');
    expect(text).toContain('timeout=30');
    expect(text).toContain('while not self.start_user():');
  });

  it('lets the users of a ramp come in its last second too: Locust asks once a second, also for what a hold begins with', () => {
    const text = textOf('locust');
    expect(text).toContain('return math.ceil(start + (end - start) * at / seconds), 10\n');
    const jump = { stages: [{ kind: 'ramp', fromLevel: 0, toLevel: 70, durationMs: 0 } as const] };
    expect(textOf('locust', { plan: jump })).toContain('at / seconds), 70\n');
  });

  it('says what each tool leaves out of an arrival that finds nobody free, of traces, and of a run over several processes', () => {
    const notes = (tool: ScriptTool, change?: SourceChange): string =>
      writeScript(tool, sourceOf(change)).notes.join('\n');
    expect(notes('k6', open)).toContain('finds all 300 VUs busy is left out and counted in dropped_iterations');
    expect(notes('k6')).not.toContain('dropped_iterations');
    expect(notes('k6')).toContain('(--execution-segment), each judges only the requests of its own share');
    expect(notes('k6', { scenario: { limits: {} } })).not.toContain('--execution-segment');
    expect(notes('locust')).toContain('A worker that joins after the start');
    const pages = { '/': { scriptErrors: 1 }, '/login': { scriptErrors: 1 } };
    expect(notes('k6', { scenario: { limits: { pages } } })).toContain(
      'opens no page as palier does: not judged here: /, /login.',
    );
    expect(notes('k6')).not.toContain('opens no page');
    for (const tool of ['k6', 'locust'] as const) expect(notes(tool)).toContain('sends no traceparent');
    const traced = { name: 'look', weight: 100, steps: [stepOf({ headers: { Traceparent: '00-1-2-00' } })] };
    expect(notes('k6', { plan: { start: [], tasks: [traced] } })).not.toContain('traceparent');
  });

  it('makes thresholds of the limits, of the judged part and by route', () => {
    const text = textOf('k6');
    expect(text).toContain("'http_req_duration{judged:yes}': ['p(95)<200', 'p(99)<500']");
    expect(text).toContain("'errors{judged:yes}': ['rate<0.007']");
    expect(text).toContain("'http_req_duration{judged:yes,name:GET /items}': ['p(95)<100']");
    expect(text).toContain('const judged = [[10, 65]];');
    const all = { windows: [{ name: 'all', startMs: 0, endMs: 65_000, judged: true }] };
    expect(textOf('k6', { plan: all })).toContain("http_req_duration: ['p(95)<200', 'p(99)<500']");
  });

  it('judges the limits of a route by its methods in Locust, and sets the exit status', () => {
    const text = textOf('locust');
    expect(text).toContain('("GET /items", "GET", "p95", 100)');
    expect(text).toContain('(None, None, "errors", 0.7)');
    expect(text).toContain('environment.process_exit_code = 1 if broken else 0');
  });

  it('judges in Locust what palier judges, and the whole run only where that is all judged', () => {
    const text = textOf('locust');
    expect(text).toContain('JUDGED = [(10, 65)]');
    expect(text).toContain('stats = HELD');
    const all = { windows: [{ name: 'all', startMs: 0, endMs: 65_000, judged: true }] };
    expect(textOf('locust', { plan: all })).toContain('stats = environment.stats');
  });

  it('writes no judgement where there is no limit', () => {
    expect(textOf('k6', { scenario: { limits: {} } })).not.toContain('thresholds');
    expect(textOf('locust', { scenario: { limits: {} } })).not.toContain('process_exit_code');
  });

  it('puts values in: data, draws, and what answers gave, each encoded for its place', () => {
    const k6 = textOf('k6');
    expect(k6).toContain('`${baseUrl}/items?page=${page}&word=${urlPart(word)}`');
    expect(k6).toContain('JSON.stringify({ login: user.login, remember: true, age: user.age })');
    expect(k6).toContain("token = valueAt(res, 'access.token');");
    expect(k6).toContain("place = headerOf(res, 'location');");
    expect(k6).toContain('`${baseUrl}/items/${urlPart(id)}`');
    const locust = textOf('locust');
    expect(locust).toContain('f"/items?page={page}&word={quote(text(word), safe=URL_SAFE)}"');
    expect(locust).toContain(`json={"login": self.user["login"], "remember": True, "age": self.user["age"]}`);
    expect(locust).toContain('self.token = value_at(json_of(res), "access.token")');
    expect(locust).toContain('self.place = res.headers.get("location")');
  });

  it('stops a task at the step that goes wrong, its variables assigned as they are declared', () => {
    const last = stepOf({ take: { id: 'id' } });
    const first = stepOf({ route: 'GET /first', path: '/first' });
    const task = (steps: readonly (typeof last)[]) => ({ start: [], tasks: [{ name: 'look', weight: 100, steps }] });
    expect(textOf('k6', { plan: task([first, last]) })).toMatch(
      /let ok = .*GET \/first.*if \(!ok\) return;.*\bok = .*if \(!ok\) return;/s,
    );
    expect(textOf('k6', { plan: task([first, stepOf()]) })).toMatch(/const ok = .*GET \/first.*if \(!ok\) return;/s);
    expect(textOf('k6', { plan: task([first]) })).not.toContain('if (!ok)');
  });

  it('uploads files', () => {
    expect(textOf('k6')).toContain("const aFile = open('./a.epub', 'b');");
    expect(textOf('k6')).toContain("book: http.file(aFile, 'a.epub', 'application/epub+zip')");
    expect(textOf('locust')).toContain('("book", ("a.epub", A_FILE, "application/epub+zip"))');
  });

  it('keeps a form of texts multipart', () => {
    const form = stepOf({ method: 'POST', body: { kind: 'form', parts: [{ name: 'a"b', text: 'x' }] } });
    const plan = { start: [], tasks: [{ name: 'send', weight: 100, steps: [form] }] };
    expect(textOf('k6', { plan })).toContain("multipart([['a%22b', 'x']])");
    expect(textOf('locust', { plan })).toContain(`files=[('a"b', (None, "x"))]`);
  });

  it('puts many rows into a file beside the script, and reads a file that the scenario names', () => {
    const rows = Array.from({ length: 13 }, (_, i) => ({ login: `u${i}`, age: i }));
    const { text, beside } = writeScript('k6', sourceOf({ plan: { data: { user: { pick: 'each-user', rows } } } }));
    expect(beside.map(({ name }) => name)).toEqual(['normal.user.json']);
    expect(JSON.parse(beside[0]?.text ?? '')).toEqual(rows);
    expect(text).toContain("JSON.parse(open('./normal.user.json'))");
    expect(textOf('locust', { scenario: { data: { user: { file: './users.json' } } } })).toContain('"./users.json"');
  });

  it('writes an open model as arrivals in k6, where a dropped one fails the run, and says how each tool spaces them', () => {
    const k6 = writeScript('k6', sourceOf(open));
    expect(k6.text).toContain("executor: 'ramping-arrival-rate'");
    expect(k6.text).toContain("timeUnit: '10s'");
    expect(k6.text).toContain("{ duration: '90s', target: 25 }");
    expect(k6.text).toContain('maxVUs: 300');
    expect(k6.text).toContain("dropped_iterations: ['count==0']");
    expect(k6.text).not.toContain('sleep(1 +');
    expect(k6.notes.join('\n')).toContain('k6 spaces arrivals evenly');
    const locust = writeScript('locust', sourceOf(open));
    expect(locust.text).toContain('wait_time = constant_throughput(1)');
    expect(locust.notes.join('\n')).toContain('Locust has no open model');
  });

  it('says a level that is there at once and stays as k6 does', () => {
    const stages = [
      { kind: 'ramp', fromLevel: 0, toLevel: 20, durationMs: 0 },
      { kind: 'hold', fromLevel: 20, toLevel: 20, durationMs: 90_000 },
    ] as const;
    expect(textOf('k6', { plan: { stages } })).toMatch(/executor: 'constant-vus',\s+vus: 20,\s+duration: '90s'/);
    const text = textOf('k6', { plan: { ...open.plan, stages } });
    expect(text).toMatch(/executor: 'constant-arrival-rate',\s+timeUnit: '1s',\s+rate: 20,\s+duration: '90s'/);
  });

  it('calls nothing in Python as Python calls something', () => {
    const draw = { type: { oneOf: ['tea'] }, id: { int: [1, 9] } } as const;
    const step = stepOf({ path: '/items?type={{type}}&id={{id}}' });
    const text = textOf('locust', { plan: { start: [], tasks: [{ name: 'list', weight: 100, steps: [step] }], draw } });
    expect(text).toContain('type_ = random.choice(["tea"])');
    expect(text).toContain('f"/items?type={type_}&id={id_}"');
  });

  it.each(['k6', 'locust'] as const)('says what %s cannot carry over, in the script too', (tool) => {
    const { text, notes } = writeScript(tool, sourceOf());
    expect(notes.join('\n')).toMatch(/intended.*cpuPercent.*own on loopback/s);
    const unwrapped = text.replace(/\n(\/\/|#) {3}/g, ' ');
    for (const note of notes) expect(unwrapped).toContain(note);
  });

  it('leaves out a threshold of a route that k6 cannot name, and says so', () => {
    const route = 'GET /a,b';
    const plan = { start: [], tasks: [{ name: 'look', weight: 100, steps: [stepOf({ route })] }] };
    const { text, notes } = writeScript(
      'k6',
      sourceOf({ plan, scenario: { limits: { routes: { [route]: { p95Ms: 9 } } } } }),
    );
    expect(text).not.toContain('thresholds');
    expect(notes.join('\n')).toContain(route);
  });
});
