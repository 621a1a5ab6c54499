/**
 * Asks a service that runs what it answers: a few dozen GETs, one after the other, twice.
 */
import type { Surroundings } from '../surroundings.ts';
import type { Folder } from './folder.ts';
import { initLimits } from './options.ts';
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

export interface Asked {
  readonly answers: readonly Answer[];
  /** Route templates that the sources and an OpenAPI document name. */
  readonly templates: readonly string[];
}

type AskSurroundings = Pick<Surroundings, 'clock' | 'stop'>;

/** Wave by wave: what is known beforehand, what that led to, and things in the lists found. */
export async function explore(url: string, folder: Folder, { clock, stop }: AskSurroundings): Promise<Asked> {
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
  { clock, stop }: AskSurroundings,
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
