/**
 * What was suspected, on what evidence, and what came of changing one thing.
 */
import type { Cause, CriterionResult, Estimate, Intervention, LimitReport } from '@palier/protocol';
import { figure, withUnit } from '../figures.ts';
import { type Html, html, prose } from '../html.ts';
import { kindWords } from './words.ts';

/** Too few seconds for an interval leave it open above. */
const withoutEnd = 1e12;

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
<thead><tr><th scope="col">Change</th><th scope="col">Would relieve</th><th scope="col">Compared</th><th scope="col" class="n">Before</th><th scope="col" class="n">After</th><th scope="col" class="n">Difference</th><th scope="col">Outcome</th></tr></thead>
<tbody>${interventions.map(interventionRows)}</tbody>
</table></div>`;
}

/** One row for the limit that was broken, as far as it has a figure, and one for the good answers. */
function interventionRows(intervention: Intervention): readonly Html[] {
  const { change, component, relieves, helped } = intervention;
  const compared = comparedOf(intervention);
  const kind = helped ? 'kept' : 'unproved';
  const span = compared.length;
  const outcome = helped ? '✓ helped' : '– no difference';
  const holds = intervention.figure?.kept === true ? html`<small>the limit is kept now</small>` : null;
  return compared.map(([what, note, unit, before, after], i) => {
    const figures = html`<td class="text">${what}${note === '' ? null : html`<small>${note}</small>`}</td>${estimateCell(before, unit)}${estimateCell(after, unit)}<td class="n">${difference(before, after)}</td>`;
    if (i > 0) return html`<tr class="${kind}">${figures}</tr>`;
    return html`<tr class="${kind}"><th scope="row" rowspan="${span}">${change}<small>${component}</small></th><td class="text" rowspan="${span}">${relieves.map((one) => kindWords[one] ?? one).join(', ')}</td>${figures}<td class="outcome" rowspan="${span}">${outcome}${holds}</td></tr>`;
  });
}

type Compared = readonly [what: string, note: string, unit: CriterionResult['unit'], before: Estimate, after: Estimate];

function comparedOf({
  afterMs,
  afterPerSecond,
  beforeMs,
  beforePerSecond,
  figure: broken,
}: Intervention): readonly Compared[] {
  const rate: Compared = ['good answers', '', 'per-second', beforePerSecond, afterPerSecond];
  if (broken !== undefined) {
    const { after, before, limit, title, unit } = broken;
    return [[title, `limit ${withUnit(limit, unit)}`, unit, before, after], rate];
  }
  if (beforeMs === undefined || afterMs === undefined) return [rate];
  return [['mean response time', '', 'ms', beforeMs, afterMs], rate];
}

function estimateCell({ value, low, high }: Estimate, unit: CriterionResult['unit']): Html {
  return html`<td class="n">${withUnit(value, unit)}<small>${figure(low)}–${high < withoutEnd ? figure(high) : '∞'}</small></td>`;
}

function difference(before: Estimate, after: Estimate): string {
  if (before.value <= 0) return '–';
  const percent = 100 * (after.value / before.value - 1);
  return `${percent < 0 ? '−' : '+'}${Number(Math.abs(percent).toPrecision(2))} %`;
}
