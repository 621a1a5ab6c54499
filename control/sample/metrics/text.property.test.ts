import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseMetrics } from './text.ts';

const page = (text: string, maxSeries = 2000): Record<string, number> =>
  Object.fromEntries([...parseMetrics(text, maxSeries).series].map(([key, { value }]) => [key, value]));

test('the example of the format is read', () => {
  const text = `# HELP http_requests_total The total number of HTTP requests.
# TYPE http_requests_total counter
http_requests_total{method="post",code="200"} 1027 1395066363000
http_requests_total{method="post",code="400"}    3 1395066363000

# Escaping in label values:
msdos_file_access_time_seconds{path="C:\\\\DIR\\\\FILE.TXT",error="Cannot find file:\\n\\"FILE.TXT\\""} 1.458255915e9

metric_without_timestamp_and_labels 12.47
something_weird{problem="division by zero"} +Inf -3982045

# TYPE http_request_duration_seconds histogram
http_request_duration_seconds_bucket{le="0.05"} 24054
http_request_duration_seconds_bucket{le="+Inf"} 144320
http_request_duration_seconds_sum 53423
http_request_duration_seconds_count 144320

# TYPE rpc_duration_seconds summary
rpc_duration_seconds{quantile="0.01"} 3102
rpc_duration_seconds_sum 1.7560473e+07
rpc_duration_seconds_count 2693
`;
  expect(page(text)).toEqual({
    'http_requests_total{code="200",method="post"}': 1027,
    'http_requests_total{code="400",method="post"}': 3,
    'msdos_file_access_time_seconds{error="Cannot find file:\\n\\"FILE.TXT\\"",path="C:\\\\DIR\\\\FILE.TXT"}': 1458255915,
    metric_without_timestamp_and_labels: 12.47,
    'http_request_duration_seconds_bucket{le="0.05"}': 24054,
    'http_request_duration_seconds_bucket{le="+Inf"}': 144320,
    http_request_duration_seconds_sum: 53423,
    http_request_duration_seconds_count: 144320,
    rpc_duration_seconds_sum: 17560473,
    rpc_duration_seconds_count: 2693,
  });
  expect(parseMetrics(text, 2000).badLines).toBe(0);
  // Named, so that nobody is told that it is not there.
  expect([...parseMetrics(text, 2000).notNumbers]).toEqual(['something_weird{problem="division by zero"}']);
});

test('counters are known by their type, by the type of their family, or by their name', () => {
  const text = `# TYPE a counter\na 1\n# TYPE b histogram\nb_bucket{le="1"} 1\nb_sum 1\n# TYPE c_total gauge\nc_total 1
d_total 1\ne 1\n# TYPE f counter\nf_total 1 # {trace="x"} 1 1\n# EOF\n`;
  const kinds = [...parseMetrics(text, 99).series.values()].map(({ key, kind }) => `${key} ${kind}`);
  expect(kinds).toEqual([
    'a counter',
    'b_bucket{le="1"} counter',
    'b_sum counter',
    'c_total gauge',
    'd_total counter',
    'e gauge',
    'f_total counter',
  ]);
});

test('bad lines are counted and the rest is read; what lies beyond the bound is counted too', () => {
  const { series, badLines, leftOut } = parseMetrics('<html>\na 1\nb{c=1} 2\nd{e="f} 3\ng one\n{} 1\nh 2\ni 3\na 4', 2);
  expect([...series.values()].map(({ key, value }) => `${key}=${value}`)).toEqual(['a=4', 'h=2']);
  expect({ badLines, leftOut }).toEqual({ badLines: 5, leftOut: 1 });
});

const name = fc.stringMatching(/^[a-zA-Z_:][a-zA-Z0-9_:]{0,8}$/);
const label = fc.stringMatching(/^[a-zA-Z_][a-zA-Z0-9_]{0,8}$/);
const escape = (value: string): string => value.replace(/[\\"\n]/g, (c) => (c === '\n' ? '\\n' : `\\${c}`));

test('property: any metric with any labels is read as it was written, whatever the order of its labels', () => {
  fc.assert(
    fc.property(
      name,
      fc.uniqueArray(fc.tuple(label, fc.string()), { selector: ([key]) => key, maxLength: 5 }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      (metric, labels, value) => {
        const written = labels.map(([key, text]) => `${key}="${escape(text)}"`);
        const line = (parts: readonly string[]): string =>
          `${metric}${parts.length ? `{${parts.join(', ')}}` : ''} ${value}\n`;
        // A line feed is the only character that ends a line.
        fc.pre(!written.join('').includes('\r') && !written.join('').includes(' # {'));
        const key = `${metric}${written.length ? `{${written.toSorted().join(',')}}` : ''}`;
        expect(page(line(written))).toEqual({ [key]: value + 0 });
        expect(page(line(written.toReversed()))).toEqual({ [key]: value + 0 });
      },
    ),
  );
});

test('property: no text throws, and no more series are kept than allowed', () => {
  const part = fc.constantFrom('a', '{', '}', '"', '\\', '=', ',', ' ', '\n', '# TYPE a counter\n', '1', 'NaN', 'é');
  fc.assert(
    fc.property(fc.array(part, { maxLength: 200 }), fc.nat(3), (parts, maxSeries) => {
      expect(parseMetrics(parts.join(''), maxSeries).series.size).toBeLessThanOrEqual(maxSeries);
    }),
  );
});
