import { systemTimers } from '@palier/base/timers';
import type { Scenario, System } from '@palier/protocol';
import { describe, expect, it } from 'vitest';
import { pageBrowser, seePages } from './pages.ts';
import type { Show } from './picture/index.ts';

const withPages = { limits: { pages: { '/': { scriptErrors: 1 }, '/login': {} } } } as unknown as Scenario;
const without = { limits: { p95Ms: 100 } } as unknown as Scenario;
const arena = { target: 'http://127.0.0.1:1', system: { name: 'sample', folder: '/nowhere' } as unknown as System };
const env = { CHROMIUM: '/nowhere/chromium' };

function shown(): { show: Show; printed: string[]; told: string[] } {
  const [printed, told]: [string[], string[]] = [[], []];
  const show: Show = {
    tell: (fact) => void (fact.kind === 'finishing' && told.push(fact.note)),
    print: (...lines) => void printed.push(...lines),
    end: () => {},
  };
  return { show, printed, told };
}

function asked(aborted = false) {
  const stop = { asked: aborted ? AbortSignal.abort() : new AbortController().signal };
  return { timers: systemTimers(), stop } as unknown as Parameters<typeof seePages>[3];
}

describe('the pages that a scenario has limits on', () => {
  it('are said to stay unjudged before the load, where there is no browser', () => {
    const { show, printed } = shown();
    expect(pageBrowser(withPages, { env }, show)).toBeNull();
    expect(printed.join(' ')).toContain('There is no Chromium here');
  });

  it('leave evidence that says why nothing was seen, and the report the same words', async () => {
    const { show, told } = shown();
    const seen = await seePages(withPages, null, arena, asked(), show);
    expect(told).toEqual(['visiting /, /login with Chromium']);
    expect(seen?.evidence).toMatchObject({ browser: null, pages: [] });
    expect(seen?.placement).toEqual([`pages: not visited, ${seen?.evidence.missing}.`]);
  });

  it('are not visited when there are none, nor when palier is to end', async () => {
    const { show, printed, told } = shown();
    expect(pageBrowser(without, { env }, show)).toBeNull();
    expect(await seePages(without, 'chromium', arena, asked(), show)).toBeNull();
    expect(await seePages(withPages, 'chromium', arena, asked(true), show)).toBeNull();
    expect([printed, told]).toEqual([[], []]);
  });
});
