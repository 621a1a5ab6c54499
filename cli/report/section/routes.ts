/**
 * Routes: response and service time side by side, and the same seen from the balancer.
 */
import type { Quantiles, RouteReport, ScenarioReport } from '@palier/protocol';
import { figure, percent } from '../figures.ts';
import { type Html, html } from '../html.ts';

export function routeSection({ routes, total, neverReached, quantileError }: ScenarioReport, id: string): Html {
  const rows = routes.length > 1 ? [...routes, total] : routes;
  const few = rows.some(({ responseMs }) => responseMs.p99 === null);
  return html`<section aria-labelledby="${id}">
<h3 id="${id}">Routes</h3>
<div class="scroll" role="region" aria-labelledby="${id}" tabindex="0"><table>
<thead>
<tr><th scope="col" rowspan="2">Route</th><th scope="col" rowspan="2" class="n">Requests</th><th scope="col" rowspan="2" class="n">per s</th><th scope="col" rowspan="2" class="n">Errors</th><th scope="colgroup" colspan="5" class="n group">Response time, ms</th><th scope="colgroup" colspan="5" class="n group">Service time, ms</th></tr>
<tr>${[0, 1].map(() => ['p50', 'p90', 'p95', 'p99', 'max'].map((name, i) => html`<th scope="col" class="n${i === 0 ? ' group' : ''}">${name}</th>`))}</tr>
</thead>
<tbody>${rows.map((route) => row(route, route === total))}${neverReached.map(neverRow)}</tbody>
</table></div>
${slowestTable(routes)}
<p class="note">Response time counts from the moment the user meant to send, service time from the actual send: a request that had to wait for its turn shows in the first only. Judge by the first; a gap between the two means that something waited before the server saw it.${few ? ' No p99 is given from fewer than 1000 requests.' : ''} Below each quantile: where it lies with 95 % confidence; the histogram’s own error, at most ${figure(100 * quantileError)} %, is in it.</p>
</section>`;
}

function row(route: RouteReport, isTotal: boolean): Html {
  const { requests, requestsPerSecond, responseMs, serviceMs } = route;
  const timed = route.response.count > 0;
  const untimed = html`<td class="n group" colspan="5">–</td>`;
  const errors = Object.values(route.errors).reduce((sum, count) => sum + count, 0);
  const share = errors === 0 ? null : html`<small>${percent((100 * errors) / requests)}</small>`;
  return html`<tr${isTotal ? html` class="total"` : null}><th scope="row">${route.route}</th><td class="n">${figure(requests)}</td><td class="n">${figure(requestsPerSecond)}</td><td class="n">${figure(errors)}${share}</td>${timed ? times(responseMs) : untimed}${timed ? times(serviceMs) : untimed}</tr>`;
}

function neverRow(route: string): Html {
  return html`<tr><th scope="row">${route}</th><td class="n">0</td><td colspan="12">never reached: a step before it failed each time, or no task with it was drawn</td></tr>`;
}

/** The trace by which the slowest request of each route can be followed; null when no request was sent with one. */
function slowestTable(routes: readonly RouteReport[]): Html | null {
  const rows = routes.flatMap(({ route, slowest }) => {
    const traceId = slowest?.traceId ?? null;
    return slowest === null || traceId === null ? [] : [{ route, responseMs: slowest.responseMs, traceId }];
  });
  if (rows.length === 0) return null;
  return html`<details><summary>The slowest request of each route, by its trace</summary>
<div class="scroll"><table>
<thead><tr><th scope="col">Route</th><th scope="col" class="n">Response time, ms</th><th scope="col">Trace</th></tr></thead>
<tbody>${rows.map(({ route, responseMs, traceId }) => html`<tr><th scope="row">${route}</th><td class="n">${figure(responseMs)}</td><td><code>${traceId}</code></td></tr>`)}</tbody>
</table></div>
<p class="note">Each request carried a traceparent header (W3C Trace Context): look the trace up in the logs or the tracing system of the services.</p>
</details>`;
}

function times(quantiles: Quantiles): Html {
  return html`${(['p50', 'p90', 'p95', 'p99', 'max'] as const).map((name, i) => {
    const value = quantiles[name];
    const interval = name === 'max' ? null : (quantiles.intervals?.[name] ?? null);
    const spread = interval === null ? null : html`<small>${figure(interval.low)}–${figure(interval.high)}</small>`;
    return html`<td class="n${i === 0 ? ' group' : ''}">${value === null ? '–' : html`${figure(value)}${spread}`}</td>`;
  })}`;
}

export function balancerSection({ services }: ScenarioReport, id: string): Html | null {
  const rows = services.flatMap(({ service, routes }) => routes.map((route) => ({ service, ...route })));
  if (rows.length === 0) return null;
  return html`<section aria-labelledby="${id}">
<h3 id="${id}">Seen from the balancer</h3>
<div class="scroll" role="region" aria-labelledby="${id}" tabindex="0"><table>
<thead><tr><th scope="col">Service</th><th scope="col">Route</th><th scope="col" class="n">Requests</th><th scope="col">Errors</th><th scope="col" class="n">p50, ms</th><th scope="col" class="n">p95, ms</th><th scope="col" class="n">max, ms</th></tr></thead>
<tbody>${rows.map(
    ({ service, route, requests, errors, p50Ms, p95Ms, maxMs }) =>
      html`<tr><th scope="row">${service}</th><td>${route}</td><td class="n">${figure(requests)}</td><td>${errorWords(errors)}</td><td class="n">${figure(p50Ms)}</td><td class="n">${figure(p95Ms)}</td><td class="n">${figure(maxMs)}</td></tr>`,
  )}</tbody>
</table></div>
<p class="note">Over the judged time, from the last byte of a request's head to the last byte of its answer. What the users saw beyond that was spent between generator and balancer.</p>
</section>`;
}

function errorWords(errors: Readonly<Record<string, number>>): string {
  const words = Object.entries(errors).map(([reason, count]) => `${count} ${reason}`);
  return words.length === 0 ? '0' : words.join(', ');
}
