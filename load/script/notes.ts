/** What a tool cannot carry over of a scenario, a sentence each; never silently. */
import type { GeneratorPlan, PlannedStep } from '@palier/protocol';
import { judgedSeconds, seenLimits } from './limits.ts';
import { type ScriptSource, type ScriptTool, toolNames } from './options.ts';
import { namesUsed, valuesOf } from './texts.ts';

export function notesOf(tool: ScriptTool, { scenario, plan, leftOut }: ScriptSource): string[] {
  const name = toolNames[tool];
  const notes =
    tool === 'k6'
      ? k6Notes(seenLimits(scenario).length > 0, plan)
      : locustNotes(scenario.model === 'open', seenLimits(scenario).length > 0, plan);
  notes.push(
    `${name} measures from the actual send; palier's limits count from the intended one, so time that a busy ${name} loses is missing here.`,
  );
  if (leftOut.length > 0) {
    notes.push(
      `WebSocket steps cannot be carried over: left out: ${leftOut.join(', ')}. The weights of the other tasks keep their proportion.`,
    );
  }
  const { cpuPercent, memoryPercent, crashes, metrics, pages } = scenario.limits;
  const unseen = [
    cpuPercent === undefined ? [] : ['cpuPercent'],
    memoryPercent === undefined ? [] : ['memoryPercent'],
    crashes === undefined ? [] : ['crashes'],
    Object.keys(metrics ?? {}).map((title) => `metrics "${title}"`),
  ].flat();
  const paths = Object.keys(pages ?? {});
  if (paths.length > 0) notes.push(`${name} opens no page as palier does: not judged here: ${paths.join(', ')}.`);
  if (unseen.length > 0) notes.push(`${name} does not see inside the system: not judged here: ${unseen.join(', ')}.`);
  if (plan.ownAddresses) {
    notes.push(
      `All users come from the address of the machine that ${name} runs on; palier gives each its own on loopback.`,
    );
  }
  if (plan.start.length > 0) {
    notes.push('A user whose start fails tries again as the same user; palier puts another one in its place.');
  }
  if (Object.keys(plan.draw).length > 0 || plan.tasks.length > 1) {
    notes.push(`What is drawn differs from run to run; palier repeats it from seed ${plan.seed}.`);
  }
  if (!allSteps(plan).every(({ headers }) => Object.keys(headers).some(isTraceparent))) {
    notes.push(
      `${name} sends no traceparent; palier does, so that the slowest request can be found in the services' traces.`,
    );
  }
  return notes;
}

/** Whether k6 can name the route in a threshold: it parts the tags at commas and takes quotes and braces for its own. */
export function isThresholdName(route: string): boolean {
  return route === route.trim() && /^[^,{}"'\\\p{C}]+$/u.test(route);
}

function k6Notes(limited: boolean, plan: GeneratorPlan<PlannedStep>): string[] {
  const notes: string[] = [];
  if (plan.arrivals !== null) {
    notes.push(
      `An arrival that finds all ${plan.arrivals.maxConcurrent} VUs busy is left out and counted in dropped_iterations: no request, no time, no error. One is enough to fail the run here; with palier more than 0.1 % make it no proof.`,
    );
  }
  if (plan.arrivals?.recordedMs != null)
    notes.push('The recorded arrivals are carried over as rates, not moment by moment.');
  if (plan.arrivals !== null && (plan.arrivals.recordedMs !== null || plan.arrivals.spacing === 'poisson')) {
    notes.push(
      'k6 spaces arrivals evenly; with palier they come in bunches, as people do, and bunches are what a queue must take.',
    );
  }
  const unnamed = allSteps(plan)
    .map(({ route }) => route)
    .filter((route) => !isThresholdName(route));
  if (unnamed.length > 0) {
    notes.push(
      `k6 cannot name these routes in a threshold, so limits of their own are left out: ${[...new Set(unnamed)].join(' · ')}`,
    );
  }
  if (allSteps(plan).some(({ body }) => body?.kind === 'form' && body.parts.length > 1 && body.parts.some(isFile))) {
    notes.push('k6 sends the parts of a form with a file in no fixed order.');
  }
  const rates = plan.arrivals === null ? [] : plan.stages.map(({ toLevel }) => toLevel);
  if (rates.some((rate) => rate !== Number(rate.toFixed(3)))) notes.push('Rates are rounded: k6 wants whole numbers.');
  if (plan.arrivals === null && plan.start.length > 0 && comesBack(plan)) {
    notes.push(
      'A user that k6 took out and puts in again is the same one, already started; with palier it is a new one.',
    );
  }
  if (allSteps(plan).some(({ headers }) => Object.keys(headers).some((header) => header.toLowerCase() === 'cookie'))) {
    notes.push(
      'A step that states its own cookies: k6 sends those that its user was given beside them; palier only the stated ones.',
    );
  }
  if (limited) {
    notes.push(
      'Split over processes or pods (--execution-segment), each judges only the requests of its own share of the users.',
    );
  }
  return notes;
}

function locustNotes(open: boolean, limited: boolean, plan: GeneratorPlan<PlannedStep>): string[] {
  const notes: string[] = [];
  if (open) {
    notes.push(
      'Locust has no open model. Here each user begins a task a second, as many users as arrivals: a task that takes longer than a second holds up the next one of its user, so a slow system gets fewer requests than from palier.',
    );
  }
  if (limited) {
    notes.push('Locust rounds times above 100 ms to two digits: p95 = 204 ms becomes 200 ms.');
    const judged = judgedSeconds(plan);
    if (judged !== null) {
      const parts = judged.map(([from, to]) => `${from} s to ${to} s`).join(', ');
      notes.push(
        `Locust's own table is of the whole run, ramps and warm-up included; the limits are judged on ${parts}, as with palier.`,
      );
    }
  }
  const scaled = plan.tasks.some(({ weight }) => weight * 100 !== Math.round(weight * 100));
  if (scaled) notes.push('Weights are rounded to hundredths of a percent: Locust wants whole numbers.');
  const values = valuesOf(plan);
  const rows = namesUsed(allSteps(plan)).filter((name) => values(name).kind === 'each-user');
  if (rows.length > 0) {
    notes.push(
      `A worker that joins after the start gives out the rows of ${rows.join(', ')} from the first on, so its users share them with others: --expect-workers.`,
    );
  }
  return notes;
}

function allSteps(plan: GeneratorPlan<PlannedStep>): PlannedStep[] {
  return [...plan.start, ...plan.tasks.flatMap(({ steps }) => steps)];
}

function isTraceparent(header: string): boolean {
  return header.toLowerCase() === 'traceparent';
}

function isFile(part: object): boolean {
  return 'base64' in part;
}

function comesBack({ stages }: GeneratorPlan): boolean {
  const falls = stages.findIndex(({ fromLevel, toLevel }) => toLevel < fromLevel);
  return falls >= 0 && stages.slice(falls).some(({ fromLevel, toLevel }) => toLevel > fromLevel);
}
