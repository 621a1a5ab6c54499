/** Plans for tests: one user, one task, no think time, unless told otherwise. */
import type { GeneratorPlan, JsonValue, PlannedChannelStep, PlannedStep, Stage } from '@palier/protocol';

export function stepOf(change: Partial<PlannedStep> = {}): PlannedStep {
  return {
    route: `${change.method ?? 'GET'} ${change.path ?? '/'}`,
    method: 'GET',
    path: '/',
    headers: {},
    body: null,
    take: {},
    ...change,
    check: { status: [], contains: null, json: {}, ...change.check },
  };
}

/** Steps over a WebSocket, called after what they do. */
export const websocket: {
  connect(path: string, more?: { readonly protocols?: readonly string[] }): PlannedChannelStep;
  send(json: JsonValue): PlannedChannelStep;
  expect(
    json: Readonly<Record<string, JsonValue>>,
    withinMs?: number,
    take?: Readonly<Record<string, string>>,
  ): PlannedChannelStep;
  hold(durationMs: number): PlannedChannelStep;
  close(): PlannedChannelStep;
} = {
  connect: (path, more = {}) => ({ kind: 'connect', route: 'connect', path, headers: {}, protocols: [], ...more }),
  send: (json) => ({ kind: 'send', route: 'send', body: { kind: 'json', json } }),
  expect: (json, withinMs = 3000, take = {}) => ({
    kind: 'expect',
    route: 'expect',
    message: { contains: null, json },
    withinMs,
    take,
  }),
  hold: (durationMs) => ({ kind: 'hold', route: 'hold', durationMs }),
  close: () => ({ kind: 'close', route: 'close' }),
};

/** `users` come at once and stay for `holdMs`. */
export function crowd(users: number, holdMs: number): readonly Stage[] {
  return [
    { kind: 'ramp', fromLevel: 0, toLevel: users, durationMs: 0 },
    { kind: 'hold', fromLevel: users, toLevel: users, durationMs: holdMs },
  ];
}

export function planOf(change: Partial<GeneratorPlan> = {}): GeneratorPlan {
  const stages = change.stages ?? crowd(1, 10_000);
  const endMs = stages.reduce((sum, stage) => sum + stage.durationMs, 0);
  return {
    scenario: 'test',
    seed: 1,
    target: { host: '127.0.0.1', port: 80, basePath: '', authority: 'shop:80', tls: null },
    arrivals: null,
    thinkMs: { min: 0, max: 0 },
    start: [],
    tasks: [{ name: 'look', weight: 100, steps: [stepOf()] }],
    data: {},
    draw: {},
    windows: [{ name: 'all', startMs: 0, endMs, judged: true }],
    requestTimeoutMs: 5000,
    share: { index: 0, of: 1 },
    ownAddresses: true,
    ...change,
    stages,
  };
}
