/**
 * What happened during the load, with the last words of what crashed.
 */
import type { ScenarioReport, SystemEvent } from '@palier/protocol';
import { moment } from '../figures.ts';
import { type Html, html } from '../html.ts';
import { badKinds, eventsDuring } from '../timeline.ts';

/** A replica that crashes each second for an hour is told once. */
const maxEvents = 200;

export function eventSection(scenario: ScenarioReport, id: string): Html | null {
  const events = eventsDuring(scenario);
  if (events.length === 0) return null;
  const more = events.length - maxEvents;
  return html`<section aria-labelledby="${id}">
<h3 id="${id}">Events</h3>
<ol class="events">${events.slice(0, maxEvents).map((event) => item(event, scenario.startedAtEpochMs))}</ol>
${more > 0 ? html`<p>${more} more events are in the JSON.</p>` : null}
</section>`;
}

function item({ atMs, kind, message, output = [] }: SystemEvent, startMs: number): Html {
  const last =
    output.length === 0
      ? null
      : html`<details open><summary>The last lines of its output</summary><pre>${output.join('\n')}</pre></details>`;
  return html`<li class="${badKinds.has(kind) ? 'bad' : ''}"><time>${moment(atMs - startMs)}</time> <div>${message}${last}</div></li>`;
}
