/**
 * What more would need. Rows that nobody measured are marked by word, slant and hatching.
 */
import type { LimitReport, RecommendationRow } from '@palier/protocol';
import { figure } from '../figures.ts';
import { type Html, html, prose } from '../html.ts';
import { replicasWords } from './words.ts';

export function recommendationSection({ recommendation, service }: LimitReport): Html | null {
  if (recommendation === null || recommendation.rows.length === 0) return null;
  const { rows, notes } = recommendation;
  const first = rows[0] as RecommendationRow;
  const columns = columnsOf(rows, service);
  return html`<section aria-labelledby="need">
<h3 id="need">What more would need</h3>
<div class="scroll" role="region" aria-labelledby="need" tabindex="0"><table>
<thead><tr><th scope="col">Load</th>${columns.map(({ title }) => html`<th scope="col" class="n">${title}</th>`)}<th scope="col">Stands on</th></tr></thead>
<tbody>${rows.map(
    (row) =>
      html`<tr${row.extrapolated ? html` class="extrapolated"` : null}><th scope="row">${row === first ? 'today' : `× ${figure(row.requestsPerSecond / first.requestsPerSecond)}`}</th>${columns.map(({ read }) => html`<td class="n">${read(row)}</td>`)}<td>${row.extrapolated ? '↗ extrapolated' : '● measured range'}</td></tr>`,
  )}</tbody>
</table></div>
<ul class="reasons note">${notes.map((note) => html`<li>${prose(note)}</li>`)}</ul>
</section>`;
}

interface Column {
  readonly title: string;
  readonly read: (row: RecommendationRow) => string;
}

/** Columns in which nothing is known are left out. */
function columnsOf(rows: readonly RecommendationRow[], service: string): readonly Column[] {
  const optional = (title: string, key: 'users' | 'poolSize' | 'shards'): readonly Column[] =>
    rows.every((row) => row[key] === null)
      ? []
      : [{ title, read: (row) => (row[key] === null ? '–' : figure(row[key])) }];
  return [
    ...optional('Users', 'users'),
    { title: 'Requests/s', read: ({ requestsPerSecond }) => figure(requestsPerSecond) },
    { title: `Replicas of ${service}`, read: replicasWords },
    ...optional('Pool of each', 'poolSize'),
    ...optional('Shards', 'shards'),
  ];
}
