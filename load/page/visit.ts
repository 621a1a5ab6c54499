/**
 * Visits pages one after the other, each time with nothing remembered of an earlier visit: no cache, no cookie, no stored item, but what a
 * login has left that it makes anew. The first visit of all is not counted: there the browser itself is new.
 */
import type { Timers } from '@palier/base/timers';
import type { PageEvidence, PageLoginFile, PageVisit, VisitedPage } from '@palier/protocol';
import { type BrowserEvent, type Chromium, startChromium } from './chromium.ts';
import { isShown, logIn } from './login.ts';
import { pageDefaults, type PageOptions } from './options.ts';
import { openTab, type Tab } from './tab.ts';
import { interactiveMs, type PageRequest, type PageTimes, type PageTrace, visitOf } from './trace.ts';

export interface PageAsked {
  /** `http://127.0.0.1:8080`. */
  readonly target: string;
  readonly pages: readonly AskedPage[];
  /** The browser; null: this machine has none. */
  readonly program: string | null;
  /** For the browser's files, while it runs. */
  readonly profileFolder: string;
  /** Whether any certificate of an https target is taken. */
  readonly insecure: boolean;
}

export interface AskedPage {
  /** Begins with `/`. */
  readonly path: string;
  /** Null: everybody may see it. */
  readonly login: PageLoginFile | null;
}

/** What is missing is said in the evidence; only `signal` makes it reject. */
export async function visitPages(
  { target, pages: asked, program, profileFolder, insecure }: PageAsked,
  timers: Timers,
  signal: AbortSignal,
  options: PageOptions = pageDefaults,
): Promise<PageEvidence> {
  if (program === null) return unseen('there is no Chromium on this machine (Debian: apt-get install chromium)');
  let browser: string | null = null;
  try {
    await using chromium = await startChromium({ program, profileFolder }, options, timers);
    browser = chromium.version;
    if (insecure) await chromium.ask('Security.setIgnoreCertificateErrors', { ignore: true });
    const pages: VisitedPage[] = [];
    for (const [index, page] of asked.entries()) {
      const visits: PageVisit[] = [];
      const unjudged = index === 0 ? 1 : 0;
      for (let i = 0; i < options.visitsCount + unjudged; i += 1) {
        signal.throwIfAborted();
        const visit = await visitOnce(chromium, target, page, timers, options);
        if (i >= unjudged) visits.push(visit);
      }
      pages.push({ path: page.path, visits });
    }
    return { browser, missing: null, pages };
  } catch (error) {
    if (signal.aborted) throw error;
    return { ...unseen((error as Error).message), browser };
  }
}

const unseen = (missing: string): PageEvidence => ({ browser: null, missing, pages: [] });

/** Run by the browser in each document before its own scripts; a policy of the page does not hold it back. */
const watching = `{
  const tasks = [];
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) tasks.push({ startMs: startTime, endMs: startTime + duration });
  }).observe({ type: 'longtask', buffered: true });
  globalThis[Symbol.for('palier.longTasks')] = tasks;
}`;

const reading = `(() => {
  const ready = performance.getEntriesByType('navigation')[0]?.domContentLoadedEventEnd ?? 0;
  return {
    nowMs: performance.now(),
    firstContentfulPaintMs: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null,
    documentReadyMs: ready === 0 ? null : ready,
    longTasks: globalThis[Symbol.for('palier.longTasks')] ?? [],
  };
})()`;

async function visitOnce(
  chromium: Chromium,
  target: string,
  { path, login }: AskedPage,
  timers: Timers,
  options: PageOptions,
): Promise<PageVisit> {
  await using opened = new AsyncDisposableStack();
  const { browserContextId } = await chromium.ask('Target.createBrowserContext');
  opened.defer(() => chromium.ask('Target.disposeBrowserContext', { browserContextId }).catch(() => {}));
  if (login !== null) {
    const tab = await openTab(chromium, browserContextId);
    const problem = await logIn(tab, target, login, timers, options);
    await tab.close();
    if (problem !== null) return { ...visitOf(recordTrace().so, null, options), problem };
  }
  const tab = await openTab(chromium, browserContextId);
  const trace = recordTrace();
  opened.defer(async () => hushed());
  const hushed = tab.hear(trace.take);
  for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await tab.ask(`${domain}.enable`);
  // What the login's page had fetched.
  await tab.ask('Network.clearBrowserCache');
  await tab.ask('Page.addScriptToEvaluateOnNewDocument', { source: watching });
  await tab.ask('Page.navigate', { url: target + path });

  const times = await watchVisit(tab, trace, timers, options);
  const visit = visitOf(trace.so, times, options);
  if (visit.problem !== null || login === null || !(await isShown(tab, login))) return visit;
  return { ...visit, problem: `it showed the login of ${login.page}` };
}

/** Until a reader could use the page, or it has failed, or had its time. */
async function watchVisit(tab: Tab, trace: Recorder, timers: Timers, options: PageOptions): Promise<PageTimes | null> {
  let times: PageTimes | null = null;
  for (let waitedMs = 0; waitedMs < options.visitTimeoutMs; waitedMs += options.pollMs) {
    await timers.sleep(options.pollMs);
    if (trace.so.document?.failed !== undefined && trace.so.document.failed !== null) break;
    times = (await tab.evaluate(reading)) ?? null;
    trace.at(times?.nowMs ?? 0, options);
    if (times !== null && interactiveMs(times, trace.so, options) !== null) break;
  }
  return times;
}

interface Recorder {
  readonly so: PageTrace;
  take(event: BrowserEvent): void;
  /** Notes whether many requests are under way at this time of the page. */
  at(nowMs: number, options: PageOptions): void;
}

function recordTrace(): Recorder {
  const requests = new Map<string, PageRequest>();
  const errors: string[] = [];
  const so: { -readonly [Key in keyof PageTrace]: PageTrace[Key] } = {
    requests,
    errors,
    document: null,
    busyUntilMs: null,
  };
  const change = (id: string, by: Partial<PageRequest>): void => {
    const request = requests.get(id);
    if (request !== undefined) Object.assign(request, by);
  };
  const hear: Readonly<Record<string, (params: BrowserEvent['params']) => void>> = {
    'Network.requestWillBeSent': ({ requestId, type, request, frameId }) => {
      const one: PageRequest = {
        kind: type,
        url: request.url,
        status: null,
        bytes: 0,
        failed: null,
        done: false,
      };
      requests.set(requestId, one);
      // The first document is the page; those of frames come later. After a redirection it is the last one.
      if (type === 'Document' && frameId !== undefined && (so.document === null || so.document.status === null)) {
        so.document = one;
      }
    },
    'Network.responseReceived': ({ requestId, response }) => change(requestId, { status: response.status }),
    'Network.loadingFinished': ({ requestId, encodedDataLength }) =>
      change(requestId, { done: true, bytes: encodedDataLength }),
    'Network.loadingFailed': ({ requestId, errorText, canceled, blockedReason }) =>
      change(requestId, { done: true, failed: canceled === true ? null : (blockedReason ?? errorText) }),
    'Runtime.exceptionThrown': ({ exceptionDetails: { exception, text } }) => {
      errors.push(String(exception?.description ?? text).split('\n')[0] ?? '');
    },
    'Log.entryAdded': ({ entry: { level, source, text } }) => {
      // What the page's policy refuses. Failed requests are told by the network, exceptions by the runtime.
      if (level === 'error' && (source === 'security' || source === 'javascript')) errors.push(String(text));
    },
  };
  return {
    so,
    take: ({ method, params }) => hear[method]?.(params),
    at(nowMs, { maxBusyRequests }) {
      const under = [...requests.values()].filter(({ done }) => !done).length;
      if (under > maxBusyRequests) so.busyUntilMs = nowMs;
    },
  };
}
