/**
 * The limits, each with its figure, its interval and its margin as a bar.
 */
import type { CriterionOutcome, CriterionResult, ScenarioReport } from '@palier/protocol';
import { figure, withUnit } from '../figures.ts';
import { type Html, html, prose } from '../html.ts';

const signs: Readonly<Record<CriterionOutcome, string>> = {
  kept: '✓ kept',
  broken: '✕ broken',
  unproved: '? not proved',
  unseen: '! not seen',
};

export function criteriaSection({ criteria, verdict }: ScenarioReport, id: string): Html {
  if (criteria.length === 0) return html`<section><h3 id="${id}">Limits</h3><p>The scenario has none.</p></section>`;
  return html`<section aria-labelledby="${id}">
<h3 id="${id}">Limits</h3>
${verdict === 'invalid' ? html`<p class="warning">The measurement is invalid: what is shown here proves nothing, for or against the system.</p>` : null}
<div class="scroll" role="region" aria-labelledby="${id}" tabindex="0">
<table class="criteria">
<thead><tr><th scope="col">Limit on</th><th scope="col">Outcome</th><th scope="col" class="n">Seen</th><th scope="col" class="n">Limit</th><th scope="col" class="wide">Margin</th><th scope="col" class="n">Judged on</th></tr></thead>
<tbody>${criteria.map(row)}</tbody>
</table>
</div>
<p class="note">Bar: the figure; pale band: where it lies with 95 % confidence; upright line: the limit. A limit is kept when the whole band is on its good side.</p>
</section>`;
}

function row(criterion: CriterionResult): Html {
  const { title, outcome, value, interval, limit, direction, unit, samples, sentence } = criterion;
  const spread = interval === null ? null : html`<small>${figure(interval.low)}–${figure(interval.high)}</small>`;
  return html`<tr class="${outcome}">
<th scope="row">${title}</th>
<td class="outcome">${signs[outcome]}</td>
<td class="n">${value === null ? (outcome === 'unseen' ? '–' : 'no answer') : withUnit(value, unit)}${spread}</td>
<td class="n">${direction === 'below' ? '<' : '>'} ${withUnit(limit, unit)}</td>
<td class="wide">${bar(criterion)}${outcome === 'kept' || outcome === 'broken' ? null : html`<small>${prose(sentence)}</small>`}</td>
<td class="n">${figure(samples)}<small>${kindOf(criterion)}</small></td>
</tr>`;
}

function kindOf({ unit, title }: CriterionResult): string {
  if (title.includes(' of page /')) return 'visits';
  if (unit === 'ms' || title.startsWith('error rate')) return 'requests';
  return 'samples';
}

function bar({ value, interval, limit, direction }: CriterionResult): Html {
  const far = Math.max(value ?? 0, interval?.high ?? 0);
  // The limit stands at two thirds, unless the figure lies far beyond it.
  const full = Math.max(limit * 1.5, Math.min(far * 1.1, limit * 6)) || 1;
  const at = (one: number): string => (100 * Math.min(1, Math.max(0, one / full))).toFixed(1);
  const band =
    interval &&
    html`<i class="band" style="left:${at(interval.low)}%;right:${(100 - Number(at(interval.high))).toFixed(1)}%"></i>`;
  return html`<div class="bar" aria-hidden="true"><i class="good" style="${direction === 'below' ? `left:0;right:${(100 - Number(at(limit))).toFixed(1)}%` : `left:${at(limit)}%;right:0`}"></i>${value === null ? null : html`<i class="fill" style="width:${at(value)}%"></i>`}${band}<i class="at" style="left:${at(limit)}%"></i></div>`;
}
