/**
 * Starts what was found, once, as `palier up` would, and asks it what it answers: a few dozen GETs on loopback, one after the other.
 */
import { runSystem } from '@palier/control/system';
import { type CheckedSystem, checkSystem } from '@palier/protocol';
import type { Show } from '../picture/index.ts';
import type { Surroundings } from '../surroundings.ts';
import { systemSurroundings } from '../system-surroundings.ts';
import type { Folder } from './folder.ts';
import { initLimits } from './options.ts';
import { serviceName, serviceOf, type Start } from './proposal.ts';
import {
  type Answer,
  askable,
  documentPaths,
  documentRoutes,
  filledTemplates,
  healthPaths,
  linkedPaths,
  sourceRoutes,
  unique,
} from './routes.ts';

export interface Trial {
  readonly answers: readonly Answer[];
  /** Route templates that the sources and an OpenAPI document name. */
  readonly templates: readonly string[];
  /** Of the largest replica; null where it cannot be told. */
  readonly rssBytes: number | null;
}

/** `file`: where the system file is to be. Throws what `runSystem` throws; nothing runs then, or afterwards. */
export async function tryOut(start: Start, file: string, folder: Folder, surroundings: Surroundings): Promise<Trial> {
  const { system } = systemOf(start, file);
  const running = await runSystem(system, systemSurroundings(surroundings, unseen, null));
  let rssBytes: number | null = null;
  const sampled = Promise.withResolvers<void>();
  const unwatch = running.watch({
    onSample: ({ replicas }) => {
      for (const { rssBytes: now } of replicas) if (now !== null) rssBytes = Math.max(rssBytes ?? 0, now);
      sampled.resolve();
    },
  });
  try {
    const url = running.urls[serviceName] as string;
    const asked = await explore(url, folder, surroundings);
    await Promise.race([sampled.promise, surroundings.timers.sleep(initLimits.sampleMs, surroundings.stop.asked)]);
    return { ...asked, rssBytes };
  } finally {
    unwatch();
    await running.stop();
  }
}

/** What happens meanwhile is told in sentences afterwards. */
const unseen: Show = { tell: () => {}, print: () => {}, end: () => {} };

function systemOf(start: Start, file: string): CheckedSystem {
  const { services, ...rest } = serviceOf(start);
  const timed = Object.entries(services).map(([name, one]) => [
    name,
    { ...one, startTimeout: initLimits.startTimeout },
  ]);
  return checkSystem({ ...rest, services: Object.fromEntries(timed) }, file);
}

/** Wave by wave: what is known beforehand, what that led to, and things in the lists found. */
async function explore(url: string, folder: Folder, { clock, stop }: Surroundings): Promise<Omit<Trial, 'rssBytes'>> {
  const until = clock.monotonicMs() + initLimits.askingMs;
  const answers: Answer[] = [];
  const ask = async (paths: readonly string[]): Promise<void> => {
    for (const path of unique(paths)) {
      const enough = answers.length >= initLimits.maxAsked || clock.monotonicMs() > until || stop.asked.aborted;
      if (enough || answers.some((answer) => answer.path === path)) continue;
      const answer = await get(url, path, clock.monotonicMs);
      if (answer !== null) answers.push(answer);
    }
  };
  const files = Object.entries(folder.texts).filter(([path]) => /(openapi|swagger)[\w.-]*$/.test(path));
  const known = [...sourceRoutes(folder), ...files.flatMap(([, text]) => documentRoutes(text))];
  await ask(['/']);
  await ask(sound(known).slice(0, initLimits.maxAsked / 2));
  await ask(linkedPathsOf(answers).slice(0, initLimits.maxTasks));
  await ask([...healthPaths.slice(0, 4), '/metrics', ...documentPaths.slice(0, 4)]);
  const served = answers.filter(({ path }) => documentPaths.includes(path)).flatMap(({ body }) => documentRoutes(body));
  const templates = unique([...known, ...served]);
  await ask(sound(served));
  await ask([...filledTemplates(templates, answers), ...linkedPathsOf(answers)]);
  return { answers: await askedAgain(url, answers, { clock, stop }), templates };
}

/** The first answer of a program that has just begun is slow: of two, the faster one tells what it takes. */
async function askedAgain(
  url: string,
  answers: readonly Answer[],
  { clock, stop }: Pick<Surroundings, 'clock' | 'stop'>,
): Promise<Answer[]> {
  const until = clock.monotonicMs() + initLimits.askingMs;
  const faster: Answer[] = [];
  for (const answer of answers) {
    const late = clock.monotonicMs() > until || stop.asked.aborted;
    const again = late ? null : await get(url, answer.path, clock.monotonicMs);
    faster.push(again === null ? answer : { ...answer, tookMs: Math.min(answer.tookMs, again.tookMs) });
  }
  return faster;
}

function sound(templates: readonly string[]): string[] {
  return templates.flatMap((template) => askable(template) ?? []);
}

function linkedPathsOf(answers: readonly Answer[]): string[] {
  return unique(answers.filter(({ status }) => status < 400).flatMap(linkedPaths));
}

async function get(url: string, path: string, now: () => number): Promise<Answer | null> {
  const begun = now();
  try {
    const signal = AbortSignal.timeout(initLimits.answerMs);
    const response = await fetch(url + path, {
      redirect: 'manual',
      signal,
      headers: { accept: 'text/html, application/json, */*' },
    });
    const body = await textOf(response);
    const type = (response.headers.get('content-type') ?? '').split(';')[0] as string;
    return {
      path,
      status: response.status,
      tookMs: now() - begun,
      type,
      location: response.headers.get('location'),
      body,
    };
  } catch {
    // It did not answer in time, or not in HTTP: nothing to put into a scenario.
    return null;
  }
}

/** At most `maxBodyBytes` of it. */
async function textOf(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    text += decoder.decode(chunk, { stream: true });
    if (bytes > initLimits.maxBodyBytes) break;
  }
  return text;
}
