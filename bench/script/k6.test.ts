import { describe, expect, it } from 'vitest';
import { k6Sent } from './k6.ts';
import { countsOf, roundedMs, timesOf } from './played.ts';

const csv = `metric_name,timestamp,metric_value,check,name,status,extra_tags
http_reqs,2000000,1,,GET /a,200,judged=yes
http_req_duration,2000000,12.5,,GET /a,200,judged=yes
http_req_blocked,2000000,3,,GET /a,200,judged=yes
http_req_connecting,2000000,2,,GET /a,200,judged=yes
errors,2000000,0,,GET /a,,judged=yes
checks,2000000,1,status is 2xx,GET /a,,judged=yes
http_reqs,2500000,1,,GET /b,500,judged=no
http_req_duration,2500000,1,,GET /b,500,judged=no
http_req_blocked,2500000,0,,GET /b,500,judged=no
http_req_connecting,2500000,0,,GET /b,500,judged=no
errors,2500000,1,,GET /b,,judged=no
vus,2500000,1,,,,
`;

describe('what k6 wrote', () => {
  it('is put together again, a request from its samples; its time is that of its end', () => {
    const sent = k6Sent(csv);
    expect(sent).toEqual([
      { route: 'GET /a', atMs: 1987.5, ms: 12.5, blockedMs: 3, failed: false, judged: true, connected: true },
      { route: 'GET /b', atMs: 2499, ms: 1, blockedMs: 0, failed: true, judged: false, connected: false },
    ]);
    expect(countsOf(sent)).toEqual({ 'GET /a': { requests: 1, failed: 0 }, 'GET /b': { requests: 1, failed: 1 } });
    expect(timesOf(sent)['GET /a']?.max).toBe(12_500);
  });
});

it('Times are rounded as Locust rounds them: two digits from 100 ms on', () => {
  expect([0.4, 99.6, 104, 147, 3432, 58_760].map(roundedMs)).toEqual([0, 100, 100, 150, 3400, 59_000]);
});
