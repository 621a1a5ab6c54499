/**
 * The whole page: head, the verdict over all, each scenario, the conditions.
 */
import type { RunReport, ScenarioReport } from '@palier/protocol';
import { htmlDocument } from './document.ts';
import { figure } from './figures.ts';
import { type Html, html } from './html.ts';
import { conditionsSection, shortened, validitySection } from './section/conditions.ts';
import { criteriaSection } from './section/criteria.ts';
import { eventSection } from './section/events.ts';
import { levelTiles, loadSection, modelSentence, refusedNotice } from './section/level.ts';
import { errorSection, latencySection } from './section/load.ts';
import { replicaSection } from './section/replicas.ts';
import { balancerSection, routeSection } from './section/routes.ts';
import { verdictBanner, verdictSign, verdictWord } from './section/verdict.ts';
import { timelineOf } from './timeline.ts';

export function page(report: RunReport): Html {
  const { scenarios, verdict, system } = report;
  const names = scenarios.map(({ name }) => name).join(', ');
  return htmlDocument({
    title: `${verdictWord(verdict)}: ${names} on ${system}`,
    brand: `${report.command === 'prove' ? 'proof' : 'load'} of ${system}`,
    heading:
      scenarios.length === 1
        ? html`${names} <span>on ${system}</span>`
        : html`${system} <span>under ${scenarios.length} scenarios</span>`,
    report,
    remark: report.timeScale < 1 ? shortened(report.timeScale) : null,
    overview: scenarios.length > 1 ? overview(report) : null,
    main: html`${scenarios.map((scenario, i) => scenarioSection(scenario, i + 1, scenarios.length === 1))}
${conditionsSection(report)}`,
  });
}

/** Of several scenarios the worst counts. */
function overview({ verdict, scenarios }: RunReport): Html {
  return html`<p class="overall ${verdict}">${verdictSign(verdict)}<strong>${verdictWord(verdict)}</strong> <span>over all: of several scenarios the worst counts.</span></p>
<nav aria-label="Scenarios"><ul>${scenarios.map(
    (scenario, i) =>
      html`<li class="${scenario.verdict}"><a href="#s${i + 1}">${verdictSign(scenario.verdict)}${scenario.name}: ${verdictWord(scenario.verdict)}</a></li>`,
  )}</ul></nav>`;
}

/** The name of an only scenario already stands above; its heading is then for who listens. */
function scenarioSection(scenario: ScenarioReport, number: number, single: boolean): Html {
  const id = (part: string): string => `s${number}-${part}`;
  const timeline = timelineOf(scenario);
  const { total, description } = scenario;
  const errors = Object.values(total.errors).reduce((sum, count) => sum + count, 0);
  return html`<article id="s${number}"${single ? html` class="single"` : null} aria-labelledby="${id('name')}">
<h2 id="${id('name')}">${scenario.name}</h2>
${description === '' ? null : html`<p class="description">${description}</p>`}
<p class="model">${modelSentence(scenario)}</p>
${verdictBanner(scenario)}
${refusedNotice(scenario)}
<dl class="tiles">
${levelTiles(scenario)}
<div><dt>Requests judged</dt><dd>${figure(total.requests)}</dd></div>
<div><dt>Requests/s</dt><dd>${figure(total.requestsPerSecond)}</dd></div>
<div><dt>p95 response</dt><dd>${figure(total.responseMs.p95)}<small> ms</small></dd></div>
<div><dt>Failed</dt><dd>${figure(errors)}</dd></div>
</dl>
${criteriaSection(scenario, id('limits'))}
${latencySection(scenario, timeline, id('latency'))}
${loadSection(scenario, timeline, id('load'))}
${routeSection(scenario, id('routes'))}
${errorSection(scenario, timeline, id('errors'))}
${replicaSection(scenario, timeline, id('replicas'))}
${eventSection(scenario, id('events'))}
${balancerSection(scenario, id('balancer'))}
${validitySection(scenario, id('validity'))}
</article>`;
}
