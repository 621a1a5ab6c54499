/** The scripts that the peers are given, as a person would write them: one GET, at the rate, for so long. Pure. */

export interface Asked {
  readonly url: string;
  readonly perSecond: number;
  readonly seconds: number;
  readonly connections: number;
  readonly maxConcurrent: number;
}

/** What a script prints before its figures, as JSON: `{requests, errors, p50, p90, p95, p99, max}`, milliseconds. */
export const mark = 'FIGURES ';

/** wrk's own percentiles, microseconds; its command line prints no p95. */
export const wrkScript: string = `function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format('${mark}{"requests":%d,"errors":%d,"p50":%f,"p90":%f,"p95":%f,"p99":%f,"max":%f}\\n',
    summary.requests, e.connect + e.read + e.write + e.status, latency:percentile(50) / 1000, latency:percentile(90) / 1000,
    latency:percentile(95) / 1000, latency:percentile(99) / 1000, latency.max / 1000))
end
`;

/** Users that keep to the rate as far as the answers let them; the figures of its own table. */
export function locustScript({ url, perSecond, connections }: Asked): string {
  return `import json
from locust import FastHttpUser, constant_throughput, events, task


class Visitor(FastHttpUser):
    host = "${new URL(url).origin}"
    wait_time = constant_throughput(${perSecond / connections})

    @task
    def get(self):
        self.client.get("/")


@events.quitting.add_listener
def tell(environment, **_):
    total = environment.stats.total
    at = total.get_response_time_percentile
    print("${mark}" + json.dumps({
        "requests": total.num_requests, "errors": total.num_failures,
        "p50": at(0.5), "p90": at(0.9), "p95": at(0.95), "p99": at(0.99), "max": total.max_response_time,
    }))
`;
}

/** Enough virtual users beforehand, as its manual advises. */
export function k6Script({ url, perSecond, seconds, maxConcurrent }: Asked): string {
  return `import http from 'k6/http';
export const options = {
  summaryTrendStats: ['p(50)', 'p(90)', 'p(95)', 'p(99)', 'max'],
  scenarios: {
    all: {
      executor: 'constant-arrival-rate', rate: ${perSecond}, timeUnit: '1s', duration: '${seconds}s',
      preAllocatedVUs: ${maxConcurrent}, maxVUs: ${maxConcurrent},
    },
  },
};
export default function () {
  http.get('${url}');
}
export function handleSummary({ metrics }) {
  const time = metrics.http_req_duration.values;
  const requests = metrics.http_reqs.values.count;
  return { stdout: '${mark}' + JSON.stringify({
    requests, errors: metrics.http_req_failed.values.passes,
    p50: time['p(50)'], p90: time['p(90)'], p95: time['p(95)'], p99: time['p(99)'], max: time.max,
  }) + '\\n' };
}
`;
}

/** Virtual users that arrive at the rate, with a request each; connections are kept and shared. */
export function artilleryScript({ url, perSecond, seconds, maxConcurrent }: Asked): string {
  return JSON.stringify({
    config: {
      target: new URL(url).origin,
      phases: [{ duration: seconds, arrivalRate: perSecond }],
      http: { pool: maxConcurrent, timeout: 20 },
    },
    scenarios: [{ flow: [{ get: { url: '/' } }] }],
  });
}
