import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createMeters, otherLabel } from './index.ts';

test('A counter adds up by label combination and shows itself in Prometheus text', () => {
  const meters = createMeters();
  const requests = meters.counter('http_requests_total', 'Requests.', ['route', 'status']);
  const ok = requests.of('GET /', '200');
  ok.add();
  ok.add(2);
  requests.of('GET /', '500').add();
  expect(meters.text()).toBe(
    '# HELP http_requests_total Requests.\n# TYPE http_requests_total counter\n' +
      'http_requests_total{route="GET /",status="200"} 3\nhttp_requests_total{route="GET /",status="500"} 1\n',
  );
});

test('A counter without labels shows 0 before its first addition, and never falls', () => {
  const meters = createMeters();
  const jobs = meters.counter('jobs_total', 'Jobs.');
  expect(meters.text()).toContain('jobs_total 0\n');
  jobs.of().add(-5);
  jobs.of().add(Number.NaN);
  expect(meters.text()).toContain('jobs_total 0\n');
});

test('A gauge keeps its last value; a read meter is asked when the text is written', () => {
  const meters = createMeters();
  let depth = 1;
  meters.gauge('open', 'Open.').of().set(7);
  meters.read('gauge', 'depth', 'Depth.', () => depth);
  depth = 9;
  expect(meters.text()).toContain('\nopen 7\n');
  expect(meters.text()).toContain('\ndepth 9\n');
});

test('A value on a bucket edge counts below it, as le says', () => {
  const meters = createMeters();
  const seconds = meters.histogram('took_seconds', 'Took.', [0.2, 0.5], ['route']).of('a');
  for (const value of [0.1, 0.2, 0.3, 0.5, 9, Number.NaN]) seconds.observe(value);
  const lines = meters.text().split('\n');
  expect(lines).toContain('took_seconds_bucket{route="a",le="0.2"} 2');
  expect(lines).toContain('took_seconds_bucket{route="a",le="0.5"} 4');
  expect(lines).toContain('took_seconds_bucket{route="a",le="+Inf"} 5');
  expect(lines).toContain('took_seconds_count{route="a"} 5');
});

test('Beyond the limit of series all combinations share one that says other, and the look-ups are counted', () => {
  const meters = createMeters({ maxSeries: 3 });
  const hits = meters.counter('hits_total', 'Hits.', ['path']);
  for (let i = 0; i < 10; i++) hits.of(`/${i}`).add();
  hits.of('/0').add();
  const text = meters.text();
  expect(text).toContain('hits_total{path="/0"} 2\n');
  expect(text).toContain(`hits_total{path="${otherLabel}"} 7\n`);
  expect(text).toContain('palier_meter_overflow_total{meter="hits_total"} 7\n');
  expect(text.match(/^hits_total\{/gm)).toHaveLength(4);
});

test('A name twice, a bad name, bad edges and a bad option are refused with the reason', () => {
  const meters = createMeters();
  meters.counter('a_total', 'A.');
  expect(() => meters.gauge('a_total', 'A.')).toThrow(/exists already/);
  expect(() => meters.counter('9a', 'A.')).toThrow(/"9a"/);
  expect(() => meters.counter('b', 'B.', ['bad-label'])).toThrow(/"bad-label"/);
  expect(() => meters.histogram('h', 'H.', [1, 1])).toThrow(/ascending/);
  expect(() => createMeters({ maxSeries: 0 })).toThrow(/maxSeries is 0/);
});

test('Any label values and help come back from the text as they were handed in', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.string(), fc.string()), { minLength: 1, maxLength: 20 }), (pairs) => {
      const meters = createMeters();
      const meter = meters.counter('x_total', 'a\\b\nc', ['one', 'two']);
      const wanted = new Map<string, number>();
      for (const [one, two] of pairs) {
        meter.of(one, two).add();
        const key = JSON.stringify([one, two]);
        wanted.set(key, (wanted.get(key) ?? 0) + 1);
      }
      const seen = new Map<string, number>();
      for (const line of meters.text().split('\n').slice(2, -1)) {
        const match = /^x_total\{one="((?:[^"\\]|\\.)*)",two="((?:[^"\\]|\\.)*)"\} (\d+)$/.exec(line);
        expect(match).not.toBeNull();
        seen.set(JSON.stringify([unescaped(match![1]!), unescaped(match![2]!)]), Number(match![3]));
      }
      expect(seen).toEqual(wanted);
    }),
  );
});

test('The buckets of a histogram are cumulative and agree with a count by hand', () => {
  const edges = [0.01, 0.05, 0.2, 0.5, 1];
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 2, noNaN: true })), (values) => {
      const meters = createMeters();
      const handle = meters.histogram('h_seconds', 'H.', edges).of();
      for (const value of values) handle.observe(value);
      const text = meters.text();
      for (const edge of edges) {
        expect(text).toContain(`h_seconds_bucket{le="${edge}"} ${values.filter((value) => value <= edge).length}\n`);
      }
      expect(text).toContain(`h_seconds_count ${values.length}\n`);
    }),
  );
});

function unescaped(text: string): string {
  return text.replace(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char));
}
