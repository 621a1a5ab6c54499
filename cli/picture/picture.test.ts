import { Histogram } from '@palier/base/histogram';
import type { LoadSecond, Phase, ReplicaSample } from '@palier/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { startShow } from './index.ts';
import { progressLine } from './lines.ts';
import { renderPicture } from './render.ts';
import { curveSeconds, emptyPicture, levelAt, nextPicture, type Picture, type PictureScenario } from './state.ts';
import { bar, clockTime, curve } from './text.ts';

const phases: readonly Phase[] = [
  { name: 'ramp', kind: 'ramp', startMs: 0, endMs: 20_000, fromLevel: 0, toLevel: 200, judged: null },
  { name: 'hold', kind: 'hold', startMs: 20_000, endMs: 60_000, fromLevel: 200, toLevel: 200, judged: null },
];

function second(atMs: number, requests: number, errors = 0): LoadSecond {
  const response = new Histogram();
  for (let i = 0; i < requests; i++) response.record(12_000);
  const empty = new Histogram().snapshot();
  const generator = { lag: empty, loopUtilisation: 0.1, gcShare: 0, cpuCores: 0.1, longestStallMs: 1 };
  const snapshot = response.snapshot();
  const counts = errors === 0 ? {} : { '5xx': errors };
  return {
    atMs,
    users: 10,
    arrivals: 0,
    refusedArrivals: 0,
    inFlight: 1,
    requests,
    errors: counts,
    response: snapshot,
    service: snapshot,
    generator,
  };
}

const closed: PictureScenario = { name: 'normal', model: 'closed', arrivals: null, thinkMs: { min: 1000, max: 3000 } };
const open: PictureScenario = {
  name: 'rush',
  model: 'open',
  arrivals: { spacing: 'poisson', maxConcurrent: 1000, recorded: null },
  thinkMs: { min: 0, max: 0 },
};

function arriving(atMs: number, arrivals: number, refusedArrivals = 0): LoadSecond {
  return { ...second(atMs, arrivals - refusedArrivals), arrivals, refusedArrivals, users: 41 };
}

function loading(seconds: readonly LoadSecond[], scenario: PictureScenario = closed): Picture {
  const start = nextPicture(emptyPicture('shop', []), {
    kind: 'scenario',
    scenario,
    place: '',
    phases,
    timeScale: 1,
  });
  return seconds.reduce((picture, one) => nextPicture(picture, { kind: 'second', second: one }), start);
}

const plain = (_: string, text: string): string => text;

describe('the picture', () => {
  it('adds up requests and errors over the seconds', () => {
    expect(loading([second(1000, 10), second(2000, 20, 2)])).toMatchObject({
      requests: 30,
      errors: 2,
      lastErrorClass: '5xx',
    });
  });

  it('keeps a bounded curve however long the run is', () => {
    const long = loading(Array.from({ length: curveSeconds + 50 }, (_, i) => second(i * 1000, 1)));
    expect(long.curve).toHaveLength(curveSeconds);
  });

  it('never draws a line wider than the terminal', () => {
    const replica = {
      service: 'api',
      replica: 'api-1',
      state: 'healthy',
      cpuCores: 0.3,
      rssBytes: 1e8,
      http: null,
    } as ReplicaSample;
    fc.assert(
      fc.property(fc.integer({ min: 60, max: 200 }), fc.integer({ min: 0, max: 90 }), (width, seconds) => {
        const loaded = loading(Array.from({ length: seconds }, (_, i) => second((i + 1) * 1000, i, i % 3)));
        const picture = nextPicture(loaded, { kind: 'sample', sample: { atMs: 0, replicas: [replica], services: [] } });
        for (const line of renderPicture(picture, width, plain))
          expect(line.length).toBeLessThanOrEqual(Math.max(60, width));
      }),
    );
  });

  it('says stage, users, requests, p95 and errors in a plain line', () => {
    expect(progressLine(loading([second(25_000, 98)]))).toBe(
      ' 0:25 of 1:00  hold 40 s     10 users  98 requests/s  p95 12 ms  0 errors',
    );
  });
});

describe('the picture of an open model', () => {
  it('says arrivals a second of those due, users in use of the most, and what was refused, in a plain line', () => {
    expect(progressLine(loading([arriving(24_000, 190, 2), arriving(25_000, 210, 3)], open))).toBe(
      ' 0:25 of 1:00  hold 40 s     207 of 200 arrivals/s  41 of 1,000 in use  5 refused  207 requests/s  p95 12 ms  0 errors',
    );
  });

  it('paints the refused red as soon as there is one, and says why', () => {
    const red = (style: string, text: string): string => (style === 'red' ? `<${text.trim()}>` : text);
    const lines = (...seconds: LoadSecond[]): string => renderPicture(loading(seconds, open), 100, red).join('\n');
    expect(lines(arriving(1000, 10))).toMatch(/refused +0 +of 10 arrivals \(0 %\)\n/);
    expect(lines(arriving(1000, 10), arriving(2000, 10, 1))).toContain(
      '<1>of 20 arrivals (5.00 %), all 1,000 were in use',
    );
  });

  it('says which model a scenario uses, open or closed', () => {
    const said = (scenario: PictureScenario): string => renderPicture(loading([], scenario), 100, plain).join('\n');
    expect(said(open)).toContain('open model: arrivals at random (Poisson), at most 1,000 tasks at once');
    expect(said(closed)).toContain('closed model: users who wait for their answers and think 1–3 s');
    expect(said(closed)).not.toContain('refused');
  });

  it('never draws a line wider than the terminal, whatever the figures', () => {
    const rate = fc.integer({ min: 0, max: 2_000_000 });
    fc.assert(
      fc.property(
        fc.integer({ min: 60, max: 130 }),
        fc.array(fc.tuple(rate, rate), { maxLength: 20 }),
        (width, facts) => {
          const seconds = facts.map(([more, refused], i) => ({
            ...arriving((i + 1) * 1000, 5),
            arrivals: more + refused,
            refusedArrivals: refused,
            users: more,
          }));
          for (const line of renderPicture(loading(seconds, open), width, plain))
            expect(line.length).toBeLessThanOrEqual(Math.max(60, width));
        },
      ),
    );
  });

  it('knows the level of any moment: inside a ramp in between, at its ends the ends', () => {
    expect([0, 10_000, 20_000, 59_000, 70_000].map((atMs) => levelAt(phases, atMs))).toEqual([0, 100, 200, 200, 200]);
  });
});

describe('on a terminal', () => {
  function screenOf(rows: number): {
    isTTY: true;
    columns: number;
    rows: number;
    text: string;
    write(text: string): void;
  } {
    return {
      isTTY: true,
      columns: 80,
      rows,
      text: '',
      write(text) {
        this.text += text;
      },
    };
  }

  it('is written over line by line and cut to the window, so that nothing of it stays in the scrollback', () => {
    const screen = screenOf(6);
    const show = startShow('shop', [], screen);
    show.tell({ kind: 'scenario', scenario: closed, place: '', phases, timeScale: 1 });
    screen.text = '';
    show.tell({ kind: 'second', second: second(1000, 10) });
    expect(screen.text.startsWith('\u001b[5F')).toBe(true);
    expect(screen.text.split('\n')).toHaveLength(6);
    expect(screen.text.indexOf('\u001b[J')).toBe(screen.text.length - 3);
  });

  it('takes itself away at the end', () => {
    const screen = screenOf(30);
    const show = startShow('shop', [], screen);
    show.tell({ kind: 'note', note: 'starting' });
    screen.text = '';
    show.end();
    expect(screen.text).toBe('\u001b[2F\u001b[J');
  });
});

describe('drawings', () => {
  it('draws zero as the lowest step and the largest value as the highest', () => {
    expect(curve([0, 5, 10], 3)).toBe('▁▅█');
    expect(curve([0, 0], 2)).toBe('▁▁');
  });

  it('stretches few values over the width', () => {
    expect(curve([0, 10], 6)).toBe('▁▁▁███');
  });

  it('shows the largest of several values in one character', () => {
    expect(curve([0, 9, 0, 0], 2)).toBe('█▁');
  });

  it('fills a bar by the share and never beyond', () => {
    expect(bar(0.5, 4)).toBe('██░░');
    expect(bar(7, 4)).toBe('████');
  });

  it('writes clock times with hours only when there are some', () => {
    expect([clockTime(65_000), clockTime(3_725_000)]).toEqual(['1:05', '1:02:05']);
  });
});
