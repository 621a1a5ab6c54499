/**
 * Several searches side by side: at each number of replicas, or the same one again and again; how well they agree.
 */
import type { LimitReport } from '@palier/protocol';
import { figure } from '../figures.ts';
import { type Html, html } from '../html.ts';
import { replicaCurves } from './by-replicas.ts';
import { byReplicas, interval } from './words.ts';

export function searchesSection(report: LimitReport): Html | null {
  const { limits, model } = report;
  if (limits.length === 0) return null;
  const many = byReplicas(limits);
  const rates = limits.map(({ requestsPerSecond }) => requestsPerSecond.value);
  const middle = rates.toSorted((a, b) => a - b)[Math.floor(rates.length / 2)] as number;
  const off = (value: number): string => {
    const percent = (100 * (value - middle)) / middle;
    return `${percent > 0 ? '+' : percent < 0 ? '−' : ''}${Math.abs(percent).toFixed(1)} %`;
  };
  const each = (value: number, replicas: number): string => figure(value / replicas);
  return html`<section aria-labelledby="searches">
<h3 id="searches">${many ? 'The limit by number of replicas' : 'The same search again and again'}</h3>
<div class="scroll" role="region" aria-labelledby="searches" tabindex="0"><table>
<thead><tr><th scope="col">${many ? 'Replicas' : 'Search'}</th><th scope="col" class="n">Requests/s</th><th scope="col">Interval</th>${model === 'open' ? null : html`<th scope="col" class="n">Users</th>`}<th scope="col" class="n">${many ? 'Requests/s of each' : 'Off the one in the middle'}</th><th scope="col">What breaks first</th></tr></thead>
<tbody>${limits.map(
    ({ brokenBy, level, replicas, requestsPerSecond }, i) =>
      html`<tr><th scope="row">${many ? replicas : i + 1}</th><td class="n">${figure(requestsPerSecond.value)}</td><td>${interval(requestsPerSecond)}</td>${model === 'open' ? null : html`<td class="n">${figure(level.value)}</td>`}<td class="n">${many ? each(requestsPerSecond.value, replicas) : off(requestsPerSecond.value)}</td><td>${brokenBy}</td></tr>`,
  )}</tbody>
</table></div>
${many ? replicaCurves(report) : null}
</section>`;
}
