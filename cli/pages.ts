/** The pages that a scenario has limits on, visited when its load is over: a browser beside it would take a core from what is measured. */
import { join } from 'node:path';
import { type AskedPage, findBrowser, pageDefaults, visitPages } from '@palier/load/page';
import { type LimitsFile, type PageEvidence, type Scenario, stateFolderOf, type System } from '@palier/protocol';
import type { Show } from './picture/index.ts';
import type { Surroundings } from './surroundings.ts';

interface PagesArena {
  readonly target: string;
  readonly insecure?: boolean;
  readonly system: System;
}

interface SeenPages {
  readonly evidence: PageEvidence;
  /** What they were seen with, in words. */
  readonly placement: readonly string[];
}

/** The program to visit them with; null: there is none, which is said before the load, not after half an hour of it. */
export function pageBrowser({ limits }: Scenario, { env }: Pick<Surroundings, 'env'>, show: Show): string | null {
  if (pagesOf(limits).length === 0) return null;
  const program = findBrowser(env['CHROMIUM']);
  if (program === null) {
    show.print(
      'There is no Chromium here (apt-get install chromium, or name one in CHROMIUM): limits on pages will not be judged.',
    );
  }
  return program;
}

/** Null: the scenario has no limits on pages, or is not to be judged any more. */
export async function seePages(
  { limits }: Scenario,
  program: string | null,
  { target, insecure = false, system }: PagesArena,
  { stop, timers }: Pick<Surroundings, 'stop' | 'timers'>,
  show: Show,
): Promise<SeenPages | null> {
  const pages = pagesOf(limits);
  if (pages.length === 0 || stop.asked.aborted) return null;
  show.tell({ kind: 'finishing', note: `visiting ${pages.map(({ path }) => path).join(', ')} with Chromium` });
  const profileFolder = join(stateFolderOf(system), 'browser');
  const asked = { target, pages, insecure, profileFolder, program };
  const evidence = await visitPages(asked, timers, stop.asked).catch((error: unknown) => {
    if (stop.asked.aborted) return null;
    throw error;
  });
  if (evidence === null) return null;
  const { browser, missing } = evidence;
  const placement =
    missing === null
      ? `pages: ${browser} after the load, ${pageDefaults.visitsCount} visits of each with nothing remembered${pages.some(({ login }) => login !== null) ? ' but a login' : ''}`
      : `pages: not visited, ${missing}`;
  return { evidence, placement: [`${placement}.`] };
}

function pagesOf({ pages = {} }: LimitsFile): readonly AskedPage[] {
  return Object.entries(pages).map(([path, { login = null }]) => ({ path, login }));
}
