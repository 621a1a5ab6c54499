import { expect, test } from 'vitest';
import { timedRoutes } from './routes.ts';

test('the routes of a plan are those that have a time, each once: no send, hold or close', () => {
  const request = { route: 'GET /', method: 'GET', path: '/', headers: {}, body: null, take: {} };
  const step = { ...request, check: { status: [], contains: null, json: {} } };
  const connect = { kind: 'connect', route: 'WS /live', path: '/live', headers: {}, protocols: [] } as const;
  const message = { contains: null, json: {} };
  const expects = { kind: 'expect', route: 'WS /live expect any message', message, withinMs: 100, take: {} } as const;
  const hold = { kind: 'hold', route: 'WS /live hold', durationMs: 5 } as const;
  const close = { kind: 'close', route: 'WS /live close' } as const;
  const tasks = [{ name: 'look', weight: 100, steps: [connect, expects, hold, close, step] }];
  expect(timedRoutes({ start: [step], tasks })).toEqual(['GET /', 'WS /live', 'WS /live expect any message']);
});
