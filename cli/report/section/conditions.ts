/**
 * Whether the measurement can be trusted, what the figures stand on, and where the run took place.
 */
import { formatBytes } from '@palier/base/bytes';
import { formatDuration } from '@palier/base/duration';
import { Histogram } from '@palier/base/histogram';
import type { ArrivalReport, RunReport, ScenarioReport } from '@palier/protocol';
import { lawWords } from '../../model-words.ts';
import { figure } from '../figures.ts';
import { type Html, html, prose } from '../html.ts';

export function validitySection(scenario: ScenarioReport, id: string): Html {
  const { validity, bound, steadiness, littlesLaw, observerCores, model, arrivals, generator } = scenario;
  const failed = validity.filter((check) => !check.ok).length;
  const failedFirst = validity.toSorted((a, b) => Number(a.ok) - Number(b.ok));
  const balancer = observerCores.balancer === null ? '' : `, the balancer ${figure(observerCores.balancer)}`;
  return html`<section aria-labelledby="${id}">
<h3 id="${id}">Can the measurement be trusted?</h3>
<p>${failed === 0 ? `Yes: all ${validity.length} checks passed.` : `No: ${failed} of ${validity.length} checks failed.${bound === 'lower' ? ' What failed can only have made the figures look better, so what is broken stays broken: they are a lower bound.' : ''}`}</p>
<div class="scroll" role="region" aria-labelledby="${id}" tabindex="0"><table>
<thead><tr><th scope="col">Check</th><th scope="col">Outcome</th><th scope="col" class="wide">Figure and bound</th></tr></thead>
<tbody>${failedFirst.map(
    ({ title, ok, sentence }) =>
      html`<tr class="${ok ? 'kept' : 'broken'}"><th scope="row">${title}</th><td class="outcome">${ok ? '✓ passed' : '✕ failed'}</td><td class="wide text">${prose(sentence)}</td></tr>`,
  )}</tbody>
</table></div>
${generatorNote(scenario)}
<dl class="facts">
<div><dt>Little's law</dt><dd>${lawWords(model, littlesLaw)}</dd></div>
${arrivals === null ? null : html`<div><dt>Arrivals</dt><dd>${arrivalSentence(arrivals)}</dd></div>`}
${steadiness.map(({ hold, sentence }) => html`<div><dt>Steady state, ${hold}</dt><dd>${prose(sentence)}</dd></div>`)}
<div><dt>Cost of watching</dt><dd>${generator.processes === 1 ? 'The generator' : `The ${generator.processes} generator processes`} used ${figure(observerCores.generator)} cores${balancer}, on average over the judged time.</dd></div>
</dl>
</section>`;
}

function generatorNote({ generator, total }: ScenarioReport): Html {
  const lag = Histogram.from(generator.lag);
  const ms = (micros: number): string => figure(micros / 1000);
  return html`<p class="note">Of ${figure(lag.count)} sends 99 % were at most ${ms(lag.quantile(0.99))} ms late, the latest ${ms(lag.max)} ms; half of the requests took ${figure(total.responseMs.p50)} ms. Event loop busy ${figure(100 * generator.loopUtilisation)} % of the time, garbage collection ${figure(100 * generator.gcShare)} %, longest standstill ${figure(generator.longestStallMs)} ms, ${figure(generator.exhausted)} connections without a descriptor or port.</p>`;
}

function arrivalSentence({
  offered,
  refused,
  offeredPerSecond,
  achievedPerSecond,
  maxConcurrent,
}: ArrivalReport): string {
  const none = refused === 0 ? 'None' : figure(refused);
  return `${figure(offered)} tasks were to begin, ${figure(offeredPerSecond)} a second; ${figure(achievedPerSecond)} a second began. ${none} found ${figure(maxConcurrent)} under way and were refused.`;
}

interface Circumstances extends Pick<RunReport, 'conditions' | 'startedAt' | 'durationMs'> {
  readonly command: string;
  /** Null where nothing has a length that could be shortened. */
  readonly timeScale: number | null;
}

export function conditionsSection(report: Circumstances): Html {
  const { conditions, timeScale, startedAt, durationMs, command } = report;
  const length = timeScale !== null && timeScale < 1 ? shortened(timeScale) : 'Full: nothing was shortened.';
  const facts: readonly (readonly [string, readonly string[]])[] = [
    ['Time', [`${startedAt}, ${formatDuration(durationMs)}, by palier ${command}`]],
    ['Length', timeScale === null ? [] : [length]],
    ['Target', [conditions.target]],
    [
      'Machine',
      [`${conditions.cores} cores (${conditions.cpuModel}), ${formatBytes(conditions.memoryBytes)} of memory`],
    ],
    ['Software', [`palier ${conditions.palierVersion}, Node ${conditions.nodeVersion}, ${conditions.platform}`]],
    ['Placement', conditions.pinning],
    ['Allotments', conditions.allotments],
  ];
  return html`<section aria-labelledby="conditions">
<h2 id="conditions">Conditions of the run</h2>
<dl class="facts">${facts
    .filter(([, lines]) => lines.length > 0)
    .map(
      ([name, lines]) => html`<div><dt>${name}</dt>${lines.map((line) => html`<dd>${prose(line)}</dd>`)}</div>`,
    )}</dl>
</section>`;
}

/** The time scale, said plainly. */
export function shortened(timeScale: number): string {
  return `Shortened: each hold lasted ${figure(100 * timeScale)} % of its length (--time-scale ${figure(timeScale)}); ramps and think time were not changed.`;
}
