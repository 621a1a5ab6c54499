import { expect, test } from 'vitest';
import { readAutocannon, readHey, readMarked } from './peers.ts';

test('the figures of a script are its marked line', () => {
  const line = 'FIGURES {"requests":2,"errors":0,"p50":1.5,"p90":2,"p95":2,"p99":2,"max":2}';
  expect(readMarked(`Running 8s test\n${line}\nRequests/sec: 3\n`)).toMatchObject({ requests: 2, p50: 1.5 });
  expect(() => readMarked('Traceback: no such module')).toThrow('Traceback');
});

test('hey: seconds become milliseconds, failed requests are errors', () => {
  const output = `
Summary:
  Total:	4.1 secs
  Slowest:	0.1503 secs

Latency distribution:
  10% in 0.1005 secs
  50% in 0.1015 secs
  90% in 0.1104 secs
  95% in 0.1232 secs
  99% in 0.1423 secs

Status code distribution:
  [200]	1440 responses

Error distribution:
  [7]	Get "http://127.0.0.1:1/": unexpected EOF
  [153]	Get "http://127.0.0.1:1/": EOF
`;
  expect(readHey(output)).toEqual({
    requests: 1600,
    errors: 160,
    p50: 101.5,
    p90: expect.closeTo(110.4),
    p95: expect.closeTo(123.2),
    p99: expect.closeTo(142.3),
    max: expect.closeTo(150.3),
  });
  expect(() => readHey('lookup failed')).toThrow('lookup failed');
});

test('autocannon: it has no p95', () => {
  const json = { latency: { p50: 54, p90: 97, p99: 100, max: 317 }, requests: { total: 9 }, errors: 1, non2xx: 2 };
  expect(readAutocannon(`Running\n${JSON.stringify(json)}`)).toEqual({
    requests: 9,
    errors: 3,
    p50: 54,
    p90: 97,
    p95: null,
    p99: 100,
    max: 317,
  });
});
