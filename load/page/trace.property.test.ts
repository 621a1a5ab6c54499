import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pageDefaults } from './options.ts';
import { interactiveMs, type PageRequest, type PageTrace, visitOf } from './trace.ts';

const request = (change: Partial<PageRequest>): PageRequest => ({
  kind: 'Script',
  url: 'http://127.0.0.1:1/a.js',
  status: 200,
  bytes: 1000,
  failed: null,
  done: true,
  ...change,
});
const traced = (document: PageRequest | null, ...others: PageRequest[]): PageTrace => ({
  requests: new Map([document, ...others].flatMap((one, i) => (one === null ? [] : [[String(i), one] as const]))),
  errors: [],
  document,
  busyUntilMs: null,
});
const page = request({ kind: 'Document', url: 'http://127.0.0.1:1/' });

describe('interactiveMs()', () => {
  it('is never before the paint, the document or a long task, and only known after a quiet second', () => {
    const ms = fc.integer({ min: 1, max: 20_000 });
    const task = fc.record({ startMs: ms, tookMs: fc.integer({ min: 51, max: 2000 }) });
    fc.assert(
      fc.property(ms, ms, fc.array(task, { maxLength: 8 }), ms, fc.option(ms), (paint, ready, tasks, now, busy) => {
        const longTasks = tasks.map(({ startMs, tookMs }) => ({ startMs, endMs: startMs + tookMs }));
        const times = { nowMs: now, firstContentfulPaintMs: paint, documentReadyMs: ready, longTasks };
        const found = interactiveMs(times, { busyUntilMs: busy }, pageDefaults);
        const usable = Math.max(paint, ready, ...longTasks.map(({ endMs }) => endMs));
        const quiet = now - Math.max(usable, busy ?? 0) >= pageDefaults.quietMs;
        expect(found).toBe(quiet ? usable : null);
      }),
    );
  });

  it('is not known while nothing was painted, or the document is being read', () => {
    const times = { nowMs: 60_000, firstContentfulPaintMs: 100, documentReadyMs: 200, longTasks: [] };
    expect(interactiveMs(times, { busyUntilMs: null }, pageDefaults)).toBe(200);
    for (const missing of [{ firstContentfulPaintMs: null }, { documentReadyMs: null }]) {
      expect(interactiveMs({ ...times, ...missing }, { busyUntilMs: null }, pageDefaults)).toBeNull();
    }
  });
});

describe('visitOf()', () => {
  it('counts scripts and styles, and nothing else, as what a reader must load', () => {
    const trace = traced(
      page,
      request({ bytes: 700 }),
      request({ kind: 'Stylesheet', bytes: 300 }),
      request({ kind: 'Image', bytes: 9000 }),
      request({ kind: 'Fetch', bytes: 9000 }),
    );
    expect(visitOf(trace, null, pageDefaults)).toMatchObject({ bundleBytes: 1000, scriptErrors: [], problem: null });
  });

  it('takes a script or a style that did not come for an error of the page', () => {
    const trace = traced(
      page,
      request({ status: 404 }),
      request({ status: null, failed: 'net::ERR_FAILED' }),
      request({ kind: 'Fetch', status: 401 }),
    );
    expect(visitOf(trace, null, pageDefaults).scriptErrors).toEqual([
      '/a.js was answered 404',
      '/a.js did not come (net::ERR_FAILED)',
    ]);
  });

  it.each([
    [null, 'it was not answered'],
    [request({ kind: 'Document', status: 503 }), 'it was answered 503'],
    [request({ kind: 'Document', status: null, failed: 'net::ERR_CONNECTION_REFUSED' }), 'it did not come'],
  ])('does not take the page of an error for the page', (document, problem) => {
    expect(visitOf(traced(document), null, pageDefaults).problem).toContain(problem);
  });
});
