/**
 * All probes, in the order in which they were made.
 */
import type { LimitReport, Probe } from '@palier/protocol';
import { figure, moment, percent } from '../figures.ts';
import { type Html, html, prose } from '../html.ts';
import { levelUnit, purposeWords } from './words.ts';

const outcomes: Readonly<Record<Probe['outcome'], readonly [style: string, text: string]>> = {
  kept: ['kept', '✓ kept'],
  broken: ['broken', '✕ broken'],
  unknown: ['unproved', '? unknown'],
  invalid: ['unseen', '! invalid'],
};

export function probeSection(report: LimitReport): Html {
  const { probes } = report;
  if (probes.length === 0)
    return html`<section aria-labelledby="probes"><h3 id="probes">Probes</h3><p>None was made.</p></section>`;
  return html`<section aria-labelledby="probes">
<h3 id="probes">All ${probes.length} probes</h3>
<div class="scroll" role="region" aria-labelledby="probes" tabindex="0"><table class="dense">
<thead><tr><th scope="col">At</th><th scope="col">Purpose</th><th scope="col" class="n">Level, ${levelUnit(report)}</th><th scope="col" class="n">Replicas</th><th scope="col" class="wide">Limits</th><th scope="col" class="n">Requests/s</th><th scope="col" class="n">Failed</th><th scope="col" class="n">Mean, ms</th><th scope="col" class="n">p50, ms</th><th scope="col" class="n">p95, ms</th><th scope="col" class="n">p99, ms</th></tr></thead>
<tbody>${probes.map(row)}</tbody>
</table></div>
<p class="note">No p99 is given from fewer than 1000 requests.</p>
</section>`;
}

function row(probe: Probe): Html {
  const { purpose, level, replicas, change, startMs, durationMs, outcome, reason, p99Ms } = probe;
  const [style, text] = outcomes[outcome];
  return html`<tr class="${style}"><td>${moment(startMs)}<small>${figure(durationMs / 1000)} s</small></td><th scope="row" class="text">${purposeWords[purpose] ?? purpose}${change === null ? null : html`<small>${change}</small>`}</th><td class="n">${figure(level)}</td><td class="n">${replicas}</td><td class="outcome wide">${text}<small>${prose(reason)}</small></td><td class="n">${figure(probe.requestsPerSecond)}</td><td class="n">${percent(probe.errorPercent)}</td><td class="n">${figure(probe.meanMs)}</td><td class="n">${figure(probe.p50Ms)}</td><td class="n">${figure(probe.p95Ms)}</td><td class="n">${p99Ms === null ? '–' : figure(p99Ms)}</td></tr>`;
}
