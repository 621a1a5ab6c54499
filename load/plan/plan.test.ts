import { checkSystem, type Scenario } from '@palier/protocol';
import { describe, expect, it } from 'vitest';
import type { PlanFiles } from './files.ts';
import { type PlanOptions, planLimits } from './options.ts';
import { planLoad } from './plan.ts';
import { withRecording } from './recording.ts';

const look = { look: { weight: 100, steps: [{ request: 'GET /' }] } };

function scenario(change: Record<string, unknown> = {}): Scenario {
  const file = {
    name: 'shop',
    services: { api: { command: ['node'] } },
    scenarios: {
      normal: { stages: [{ rampTo: 10, perSecond: 10 }, { hold: '30s' }], thinkTime: '1s', tasks: look, ...change },
    },
  };
  return checkSystem(file, '/shop/palier.config.ts').scenarios['normal'] as Scenario;
}

function filesOf(contents: Record<string, string>): PlanFiles {
  const read = (path: string): Uint8Array => {
    const content = contents[path];
    if (content === undefined) throw Object.assign(new Error('not there'), { code: 'ENOENT' });
    return Buffer.from(content);
  };
  return { size: (path) => read(path).length, read };
}

const options: PlanOptions = { folder: '/shop', target: 'http://127.0.0.1:8080', files: filesOf({}) };

function refusal(change: Record<string, unknown>, other: Partial<PlanOptions> = {}): string {
  try {
    planLoad(scenario(change), { ...options, ...other });
  } catch (error) {
    return `${(error as { code: string }).code}: ${(error as Error).message}`;
  }
  return 'planned';
}

describe('planLoad', () => {
  it('names a step by its method and its path without query, with each value shown as :name', () => {
    const steps = [{ request: 'GET /releases/{{id}}?page={{page}}' }, { request: 'GET /x', name: 'the list' }];
    const draw = { id: { int: [1, 9] }, page: { int: [1, 9] } };
    const plan = planLoad(scenario({ tasks: { look: { weight: 100, steps } }, draw }), options);
    expect(plan.tasks[0]?.steps.map((step) => step.route)).toEqual(['GET /releases/:id', 'the list']);
  });

  it('takes files of {{dataDir}} as empty until the system has made them, then reads them there', () => {
    const made = { data: { users: { file: '{{dataDir}}/users.json' } } };
    const steps = [{ request: 'GET /{{users.email}}' }];
    const change = { ...made, tasks: { look: { weight: 100, steps } } };
    expect(planLoad(scenario(change), options).data['users']?.rows).toEqual([]);
    const files = filesOf({ '/shop/.palier/shop/data/users.json': '[{"email":"ada"}]' });
    const plan = planLoad(scenario(change), { ...options, files, dataFolder: '/shop/.palier/shop/data' });
    expect(plan.data['users']?.rows).toEqual([{ email: 'ada' }]);
    expect(refusal(change, { dataFolder: '/elsewhere' })).toContain('PALIER_LOAD_FILE');
  });

  it('reads rows and form files relative to the folder of the config', () => {
    const files = filesOf({ '/shop/load/users.json': '[{"email":"ada"}]', '/shop/book.epub': 'PK' });
    const plan = planLoad(
      scenario({
        data: { users: { file: 'load/users.json' } },
        start: [{ request: 'POST /upload', form: { by: '{{users.email}}', file: { file: 'book.epub' } } }],
      }),
      { ...options, files },
    );
    expect(plan.data['users']).toEqual({ pick: 'each-user', rows: [{ email: 'ada' }] });
    expect(plan.start[0]).toMatchObject({
      body: {
        kind: 'form',
        parts: [
          { name: 'by', text: '{{users.email}}' },
          { name: 'file', filename: 'book.epub', contentType: 'application/epub+zip', base64: 'UEs=' },
        ],
      },
    });
  });

  it('names the key and the file when a file is missing, too large, or of the wrong shape', () => {
    const data = { users: { file: 'users.json' } };
    expect(refusal({ data })).toBe(
      'PALIER_LOAD_FILE: scenarios.normal.data.users.file names /shop/users.json, which cannot be read (there is none); it should be a readable file.',
    );
    const huge = { size: () => planLimits.maxDataFileBytes + 1, read: () => new Uint8Array() };
    expect(refusal({ data }, { files: huge })).toContain('PALIER_LOAD_FILE_SIZE: scenarios.normal.data.users.file');
    for (const [content, problem] of [
      ['no', 'no JSON'],
      ['{}', 'no array'],
      ['[]', 'an empty array'],
      ['[1]', 'an array with something else than objects'],
    ] as const) {
      expect(refusal({ data }, { files: filesOf({ '/shop/users.json': content }) })).toContain(`which is ${problem};`);
    }
  });

  it('names what is done over a WebSocket by the one that is open, and gives each wait its length', () => {
    const steps = [
      { connect: '/live/{{id}}?x=1' },
      { expect: { contains: 'hello', json: { type: 'welcome', 'terminal.id': '{{id}}' } } },
      { send: 'hi' },
      { send: { type: 'beat' }, name: 'beat' },
      { hold: '30s' },
      { expect: {}, within: '2s' },
      { close: true },
      { connect: '/b', name: 'other' },
      { expect: { contains: 'y'.repeat(100) } },
    ];
    const draw = { id: { int: [1, 9] } };
    const plan = planLoad(scenario({ tasks: { a: { weight: 100, steps } }, draw, requestTimeout: '7s' }), options);
    const planned = plan.tasks[0]?.steps ?? [];
    expect(planned.map(({ route }) => route)).toEqual([
      'WS /live/:id',
      'WS /live/:id expect hello type=welcome terminal.id=:id',
      'WS /live/:id send',
      'beat',
      'WS /live/:id hold',
      'WS /live/:id expect any message',
      'WS /live/:id close',
      'other',
      `other expect ${'y'.repeat(planLimits.maxShownMessageChars - 1)}…`,
    ]);
    expect(planned[1]).toMatchObject({ kind: 'expect', withinMs: 7000 });
    expect(planned[2]).toMatchObject({ kind: 'send', body: { kind: 'text', text: 'hi' } });
    expect(planned[3]).toMatchObject({ kind: 'send', body: { kind: 'json', json: { type: 'beat' } } });
    expect(planned[4]).toMatchObject({ kind: 'hold', durationMs: 30_000 });
    expect(planned[5]).toMatchObject({ withinMs: 2000 });
  });

  it('refuses headers that belong to the handshake of a WebSocket', () => {
    const start = [{ connect: '/', headers: { 'Sec-WebSocket-Protocol': 'x' } }];
    expect(refusal({ start })).toContain('which the handshake of a WebSocket sets');
  });

  it('refuses a column that no row has, and shows those there are', () => {
    const data = { users: { rows: [{ email: 'ada' }, { password: 'x' }] } };
    const start = [{ request: 'POST /login', json: { name: '{{users.name}}' } }];
    expect(refusal({ data, start })).toContain(
      'scenarios.normal.start.0 uses {{users.name}}, and the rows of users have email, password',
    );
  });

  it('refuses headers that would break the framing, and names that are none', () => {
    const withHeader = (name: string): string => refusal({ start: [{ request: 'GET /', headers: { [name]: 'x' } }] });
    expect(withHeader('Content-Length')).toContain(
      'PALIER_LOAD_HEADER: scenarios.normal.start.0.headers sets the header "Content-Length", which follows from the body',
    );
    expect(withHeader('a b')).toContain('which is no name of a header');
    expect(withHeader('X-Any')).toBe('planned');
  });

  it.each([
    ['nonsense', 'no address'],
    ['ftp://example.org', 'ftp, not http'],
    ['http://a:b@localhost', 'it holds a user'],
    ['http://localhost/?a=1', 'it holds a query'],
  ])('refuses the target %s', (target, problem) => {
    expect(refusal({}, { target })).toContain(problem);
  });

  it('takes host, port and prefix from the target, and gives users own addresses on loopback only', () => {
    const plan = planLoad(scenario(), { ...options, target: 'http://[::1]:81/api/' });
    expect(plan.target).toEqual({ host: '::1', port: 81, basePath: '/api', authority: '[::1]:81', tls: null });
    expect(plan.ownAddresses).toBe(false);
    expect(planLoad(scenario(), options).ownAddresses).toBe(true);
  });

  it('speaks TLS to an https target, and wants a trusted certificate unless it is told not to', () => {
    const tlsOf = (target: string, insecure = false) => planLoad(scenario(), { ...options, target, insecure }).target;
    expect(tlsOf('https://shop.example')).toEqual({
      host: 'shop.example',
      port: 443,
      basePath: '',
      authority: 'shop.example',
      tls: { servername: 'shop.example', verify: true },
    });
    // An address is no server name (RFC 6066 §3).
    expect(tlsOf('https://127.0.0.1:8443', true)).toMatchObject({
      port: 8443,
      tls: { servername: null, verify: false },
    });
    expect(tlsOf('https://[::1]').tls).toEqual({ servername: null, verify: true });
  });

  it('refuses a share or a time scale out of range', () => {
    expect(refusal({}, { share: { index: 2, of: 2 } })).toContain('share.index');
    expect(refusal({}, { share: { index: 0, of: 0 } })).toContain('share.of');
    for (const timeScale of [0, -1, 1.5, Number.NaN]) expect(refusal({}, { timeScale })).toContain('timeScale');
  });

  it('plans the arrivals of an open scenario', () => {
    const open = { thinkTime: undefined, arrivals: { maxConcurrent: 20 }, stages: [{ rateTo: 5, within: '1s' }] };
    const plan = planLoad(scenario(open), options);
    expect(plan.arrivals).toEqual({ spacing: 'poisson', maxConcurrent: 20, recordedMs: null });
    expect(planLoad(scenario(), options).arrivals).toBeNull();
  });

  it('plays a recording as one hold at its mean rate, as long as its arrivals have gaps', () => {
    const recording = { thinkTime: undefined, stages: undefined, arrivals: { recorded: 'friday.json' } };
    const files = filesOf({ '/shop/friday.json': '[0, 1000, 1500, 3000]' });
    const plan = planLoad(scenario(recording), { ...options, files });
    expect(plan.arrivals?.recordedMs).toEqual([0, 1000, 1500, 3000]);
    const stages = [{ kind: 'hold', fromLevel: 1, toLevel: 1, durationMs: 4000 }];
    expect(plan.stages).toEqual(stages);
    const read = withRecording(scenario(recording), { folder: '/shop', files });
    expect(read.stages).toEqual(stages);
    expect(plan.windows.at(-1)).toMatchObject({ name: 'hold at 1/s', endMs: 4000, judged: true });
  });

  it.each([
    ['{}', 'no array'],
    ['[5]', 'an array of 1'],
    ['[5, 3]', 'an array with 3 at place 1, after 5'],
    ['[0, null]', 'an array with null at place 1'],
    ['[0, 0]', 'nothing but zeros'],
    ['nonsense', 'no JSON'],
  ])('refuses the recording %s', (content, problem) => {
    const recording = { thinkTime: undefined, stages: undefined, arrivals: { recorded: 'friday.json' } };
    const message = refusal(recording, { files: filesOf({ '/shop/friday.json': content }) });
    expect(message).toContain('PALIER_LOAD_RECORDING: scenarios.normal.arrivals.recorded reads friday.json');
    expect(message).toContain(problem);
  });
});
