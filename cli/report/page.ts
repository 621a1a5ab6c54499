/**
 * The whole page: head, the verdict over all, each scenario, the conditions.
 */
import { formatDuration } from '@palier/base/duration';
import type { RunReport, ScenarioReport } from '@palier/protocol';
import { hoverScript } from './chart/hover.ts';
import { figure } from './figures.ts';
import { type Html, html, prose, trusted } from './html.ts';
import { conditionsSection, shortened, validitySection } from './section/conditions.ts';
import { criteriaSection } from './section/criteria.ts';
import { eventSection } from './section/events.ts';
import { errorSection, latencySection, loadSection } from './section/load.ts';
import { replicaSection } from './section/replicas.ts';
import { balancerSection, routeSection } from './section/routes.ts';
import { verdictBanner, verdictSign, verdictWord } from './section/verdict.ts';
import { style } from './style.ts';
import { timelineOf } from './timeline.ts';

export function page(report: RunReport): Html {
  const { scenarios, verdict, system } = report;
  const names = scenarios.map(({ name }) => name).join(', ');
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title>${verdictWord(verdict)}: ${names} on ${system} – Palier</title>
<style>${trusted(style)}</style>
</head>
<body>
<header>
<p class="brand">Palier · ${report.command === 'prove' ? 'proof' : 'load'} of ${system}</p>
<h1>${scenarios.length === 1 ? html`${names} <span>on ${system}</span>` : html`${system} <span>under ${scenarios.length} scenarios</span>`}</h1>
<p class="when">${report.startedAt.replace('T', ' ').replace(/(\.\d+)?Z$/, ' UTC')} · ${formatDuration(report.durationMs)}${report.timeScale < 1 ? html` · <b>${prose(shortened(report.timeScale))}</b>` : null}</p>
${scenarios.length > 1 ? overview(report) : null}
</header>
<main>
${scenarios.map((scenario, i) => scenarioSection(scenario, i + 1, scenarios.length === 1))}
${conditionsSection(report)}
</main>
<footer><p>Made by Palier ${report.conditions.palierVersion}. This file is complete: it opens without a network.</p></footer>
<script>${trusted(hoverScript)}</script>
</body>
</html>
`;
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
  const { total, durationMs, phases, description } = scenario;
  const users = Math.max(0, ...phases.map(({ toLevel }) => toLevel));
  const errors = Object.values(total.errors).reduce((sum, count) => sum + count, 0);
  return html`<article id="s${number}"${single ? html` class="single"` : null} aria-labelledby="${id('name')}">
<h2 id="${id('name')}">${scenario.name}</h2>
${description === '' ? null : html`<p class="description">${description}</p>`}
${verdictBanner(scenario)}
<dl class="tiles">
<div><dt>Users at most</dt><dd>${figure(users)}</dd></div>
<div><dt>Length</dt><dd>${formatDuration(durationMs)}</dd></div>
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
