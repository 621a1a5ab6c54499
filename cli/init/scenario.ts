/**
 * From answers to a first scenario: what was seen to work becomes tasks, how fast it was the limits. A pure function.
 */
import type { ClosedScenarioFile } from '@palier/protocol';
import { initLimits } from './options.ts';
import { type Answer, documentPaths, healthPaths } from './routes.ts';

export const scenarioName = 'first';

/** What the answers say of the service. */
export interface Learned {
  /** The health page; null: none was found, `/` will do. */
  readonly health: string | null;
  readonly metrics: string | null;
  /** Route templates with parameters, by which requests are counted. */
  readonly routes: readonly string[];
  readonly scenario: ClosedScenarioFile;
  /** Each worth a line: `GET /me answered 401`. */
  readonly left: readonly string[];
}

/** `templates`: what source and document name; `answers`: what was asked, none where the service was not started. */
export function learn(templates: readonly string[], answers: readonly Answer[]): Learned {
  const good = answers.filter(({ status }) => status >= 200 && status < 300);
  const health = healthPaths.find((path) => good.some((answer) => answer.path === path && !isPage(answer))) ?? null;
  const metrics = good.find(({ path, body }) => path === '/metrics' && /^# (HELP|TYPE) /m.test(body))?.path ?? null;
  const kept = good.filter(({ path }) => path !== health && path !== '/metrics' && !documentPaths.includes(path));
  const chosen = kept.toSorted((a, b) => rank(a) - rank(b)).slice(0, initLimits.maxTasks);
  return {
    health,
    metrics,
    routes: templates
      .filter((template) => /^\/[\w./:-]*:\w/.test(template))
      .slice(0, initLimits.maxRoutes)
      .map((template) => `GET ${template}`),
    scenario: scenarioOf(chosen, answers),
    left: answers
      .filter(({ status }) => status === 401 || status === 403)
      .map(
        ({ path, status }) =>
          `GET ${path} answered ${status}: to be asked as somebody who is logged in, it needs a "start".`,
      ),
  };
}

/** A single-page application answers every path with its page: no health. */
function isPage({ type }: Answer): boolean {
  return type.includes('html');
}

/** The first page first, then short paths without parameters. */
function rank({ path }: Answer): number {
  return path.split('/').length + (path.includes('?') ? 10 : 0) + (path === '/' ? -10 : 0);
}

function scenarioOf(chosen: readonly Answer[], answers: readonly Answer[]): ClosedScenarioFile {
  const steps =
    chosen.length > 0
      ? chosen.map(({ path }) => ({ name: path, step: { request: `GET ${path}` } }))
      : [{ name: '/', step: onlyStep(answers) }];
  const names = taskNames(steps.map(({ name }) => name));
  const share = Math.floor(100 / steps.length);
  const tasks = steps.map(({ step }, index) => {
    // What the division leaves over goes to the first.
    const weight = index === 0 ? 100 - share * (steps.length - 1) : share;
    return [names[index] as string, { weight, steps: [step] }] as const;
  });
  return {
    description: 'Thirty people look around.',
    stages: [{ rampTo: 30, perSecond: 10 }, { hold: '1min' }, { rampTo: 0, within: '1s' }],
    thinkTime: ['500ms', '1500ms'],
    tasks: Object.fromEntries(tasks),
    limits: { p95Ms: limitOf(chosen), errorPercent: 0.5 },
  };
}

/** Nothing answered well: what `/` answers is what is asked for, so that there is something to begin with. */
function onlyStep(answers: readonly Answer[]): { request: string; check?: { status: number } } {
  const status = answers.find(({ path }) => path === '/')?.status ?? 200;
  return { request: 'GET /', ...(status >= 200 && status < 400 ? {} : { check: { status } }) };
}

/** 200 ms, which people take for at once; for what is slower when nobody else is there, four times that, in steps of 100. */
function limitOf(chosen: readonly Answer[]): number {
  const slowest = Math.max(0, ...chosen.map(({ tookMs }) => tookMs));
  return Math.max(200, Math.ceil((4 * slowest) / 100) * 100);
}

/** Names that a task may have, each once: `/api/items?page=1` → `api-items-page-1`. */
function taskNames(paths: readonly string[]): string[] {
  const taken = new Set<string>();
  return paths.map((path) => {
    const plain = path
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^[^a-z]+|-+$/g, '')
      .slice(0, 30);
    const stem = path === '/' ? 'home' : plain === '' ? 'page' : plain;
    let name = stem;
    for (let count = 2; taken.has(name); count++) name = `${stem}-${count}`;
    taken.add(name);
    return name;
  });
}
