/**
 * What was suspected, on what evidence, and what came of changing one thing.
 */
import type { Cause, Estimate, Intervention, LimitReport } from '@palier/protocol';
import { figure } from '../figures.ts';
import { type Html, html, prose } from '../html.ts';
import { kindWords } from './words.ts';

export function bottleneckSection({ bottleneck }: LimitReport): Html | null {
  if (bottleneck === null) return null;
  const { causes, interventions, proved, sentence } = bottleneck;
  const standing = proved ? 'Proved by an intervention.' : 'Suspected: no intervention proved it.';
  return html`<section aria-labelledby="bottleneck">
<h3 id="bottleneck">Bottleneck</h3>
<p class="sentence">${prose(sentence)}</p>
${
  causes.length === 0
    ? null
    : html`<p class="note">${standing}</p><div class="scroll" role="region" aria-labelledby="bottleneck" tabindex="0"><table>
<thead><tr><th scope="col">Suspect</th><th scope="col" class="n">Strength</th><th scope="col" class="wide">Evidence</th></tr></thead>
<tbody>${causes.map(causeRow)}</tbody>
</table></div>`
}
${interventions.length === 0 ? null : interventionTable(interventions)}
</section>`;
}

function causeRow({ kind, component, score, evidence }: Cause): Html {
  return html`<tr><th scope="row">${kindWords[kind] ?? kind}<small>${component}</small></th><td class="n"><span class="score"><i style="--w:${(100 * Math.min(1, Math.max(0, score))).toFixed(0)}%" aria-hidden="true"></i>${score.toFixed(2)}</span></td><td class="wide"><ul class="evidence">${evidence.map((one) => html`<li>${prose(one)}</li>`)}</ul></td></tr>`;
}

function interventionTable(interventions: readonly Intervention[]): Html {
  return html`<h3 id="interventions">One thing changed, and probed again</h3>
<div class="scroll" role="region" aria-labelledby="interventions" tabindex="0"><table>
<thead><tr><th scope="col">Change</th><th scope="col">Would relieve</th><th scope="col" class="n">Before, requests/s</th><th scope="col" class="n">After, requests/s</th><th scope="col" class="n">Difference</th><th scope="col">Outcome</th></tr></thead>
<tbody>${interventions.map(
    ({ change, component, relieves, beforePerSecond: before, afterPerSecond: after, helped }) =>
      html`<tr class="${helped ? 'kept' : 'unproved'}"><th scope="row">${change}<small>${component}</small></th><td class="text">${relieves.map((kind) => kindWords[kind] ?? kind).join(', ')}</td>${estimateCell(before)}${estimateCell(after)}<td class="n">${difference(before, after)}</td><td class="outcome">${helped ? '✓ helped' : '– no difference'}</td></tr>`,
  )}</tbody>
</table></div>`;
}

function estimateCell({ value, low, high }: Estimate): Html {
  return html`<td class="n">${figure(value)}<small>${figure(low)}–${figure(high)}</small></td>`;
}

function difference(before: Estimate, after: Estimate): string {
  if (before.value <= 0) return '–';
  const percent = 100 * (after.value / before.value - 1);
  return `${percent < 0 ? '−' : '+'}${Number(Math.abs(percent).toPrecision(2))} %`;
}
