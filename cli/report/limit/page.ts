/**
 * The page of a limit: the figure, the curves up to it and back down, the law, the bottleneck, what more would need, all probes.
 */
import type { LimitReport } from '@palier/protocol';
import { htmlDocument } from '../document.ts';
import { type Html, html, prose } from '../html.ts';
import { conditionsSection } from '../section/conditions.ts';
import { verdictSign } from '../section/verdict.ts';
import { bottleneckSection } from './bottleneck.ts';
import { curveSection } from './curves.ts';
import { lawSection } from './law.ts';
import { probeSection } from './probes.ts';
import { recommendationSection } from './recommendation.ts';
import { searchesSection } from './searches.ts';
import { headline, headlineDetail, interval, signOf } from './words.ts';

export function limitPage(report: LimitReport): Html {
  const { scenario, system } = report;
  return htmlDocument({
    title: `${headline(report)}: limit of ${scenario} on ${system}`,
    brand: `limit of ${system}`,
    heading: html`${scenario} <span>on ${system}</span>`,
    report,
    remark: null,
    overview: null,
    main: html`<article class="single" aria-labelledby="name">
<h2 id="name">${scenario}</h2>
${banner(report)}
${curveSection(report)}
${searchesSection(report)}
${bottleneckSection(report)}
${recommendationSection(report)}
${lawSection(report)}
${probeSection(report)}
</article>
${conditionsSection({ ...report, command: 'limit', timeScale: null })}`,
  });
}

function banner(report: LimitReport): Html {
  const { outcome, limit, reasons } = report;
  const sign = signOf[outcome];
  const detail = headlineDetail(report);
  return html`<div class="verdict ${sign}">
${verdictSign(sign)}
<div>
<p class="headline"><strong>${headline(report)}</strong>${limit === null ? null : html` <span class="interval">(${interval(limit.requestsPerSecond)})</span>`}</p>
${detail === null ? null : html`<p>${prose(detail)}</p>`}
<ul class="reasons">${reasons.map((reason) => html`<li>${prose(reason)}</li>`)}</ul>
</div>
</div>`;
}
