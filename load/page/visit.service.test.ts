/** Pages in a real Chromium. Left out visibly where it is missing (`apt-get install chromium`), required with CI=true. */
import { existsSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemTimers } from '@palier/base/timers';
import type { PageEvidence, PageVisit } from '@palier/protocol';
import { type TemporaryFolder, temporaryFolder } from '@palier/testkit/folder';
import { leftBehind, type ProcessFilter, snapshot } from '@palier/testkit/processes';
import { describe, expect, it } from 'vitest';
import { findBrowser } from './chromium.ts';
import { pageDefaults } from './options.ts';
import { visitPages } from './visit.ts';

const program = findBrowser(process.env['CHROMIUM']);
const never = new AbortController().signal;
const brief = { ...pageDefaults, visitsCount: 2, quietMs: 300 };

const script = `
const until = performance.now() + 200;
while (performance.now() < until);
document.body.append('done');
`;
const texts: Readonly<Record<string, string>> = {
  '/plain': '<!doctype html><title>plain</title><link rel="icon" href="data:,"><p>Hello',
  '/busy': '<!doctype html><link rel="icon" href="data:,"><p>Hello<script src="/busy.js"></script>',
  '/busy.js': script.padEnd(20_000),
  '/broken':
    '<!doctype html><link rel="icon" href="data:,"><p>Hello<script src="/gone.js"></script><script>void Promise.reject(new Error("no"));nothing.at.all</script>',
  '/remembers':
    '<!doctype html><link rel="icon" href="data:,"><p>Hello<script>if (localStorage.seen || document.cookie) throw new Error("seen before"); localStorage.seen = 1; document.cookie = "seen=1"</script>',
  '/strict': '<!doctype html><link rel="icon" href="data:,"><p>Hello<script>document.title = "let in"</script>',
};

const answer: RequestListener = ({ url = '' }, response) => {
  const text = texts[url];
  if (url === '/strict') response.setHeader('content-security-policy', "script-src 'none'");
  response.setHeader('content-type', url.endsWith('.js') ? 'text/javascript' : 'text/html');
  response.statusCode = text === undefined ? 500 : 200;
  response.end(text ?? '<p>An error that paints well');
};

const ofFolder =
  ({ path }: TemporaryFolder): ProcessFilter =>
  ({ commandLine }) =>
    commandLine.includes(path);

async function visited(paths: readonly string[], change: { program?: string } = {}): Promise<PageEvidence> {
  await using folder = await temporaryFolder('pages');
  await using server = await listening();
  const before = snapshot();
  const asked = { target: server.url, paths, program, profileFolder: folder.file('profile'), insecure: false };
  const evidence = await visitPages({ ...asked, ...change }, systemTimers(), never, brief);
  expect(existsSync(folder.file('profile'))).toBe(false);
  expect(leftBehind(before, ofFolder(folder))).toEqual([]);
  return evidence;
}

async function listening(): Promise<AsyncDisposable & { url: string }> {
  const server: Server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

it.runIf(process.env['CI'] === 'true')('Chromium is there, since CI=true (apt-get install chromium)', () => {
  expect(program).not.toBeNull();
});

it('says that there is no browser, and sees nothing', async () => {
  const named = findBrowser('/nowhere/chromium');
  expect(named).toBeNull();
  const asked = {
    target: 'http://127.0.0.1:1',
    paths: ['/'],
    program: named,
    profileFolder: '/nowhere',
    insecure: false,
  };
  const evidence = await visitPages(asked, systemTimers(), never, brief);
  expect(evidence).toMatchObject({ browser: null, pages: [], missing: expect.stringContaining('no Chromium') });
});

it('says that what was named is no browser', async () => {
  expect(await visited(['/plain'], { program: 'true' })).toMatchObject({
    browser: null,
    pages: [],
    missing: 'the browser ended (code 0)',
  });
});

describe.skipIf(program === null)('visitPages() with Chromium (apt-get install chromium)', () => {
  it('sees when a page was painted and could be used, what came of it and what went wrong, each visit as the first', async () => {
    const evidence = await visited(['/plain', '/busy', '/broken', '/remembers', '/strict']);
    expect(evidence.missing).toBeNull();
    expect(evidence.browser).toMatch(/^Chromium \d+/);
    const of = (path: string): readonly PageVisit[] => evidence.pages.find((page) => page.path === path)?.visits ?? [];
    for (const { visits } of evidence.pages) {
      expect(visits).toHaveLength(brief.visitsCount);
      for (const { firstContentfulPaintMs, interactiveMs, problem } of visits) {
        expect(problem).toBeNull();
        expect(firstContentfulPaintMs).toBeGreaterThan(0);
        expect(interactiveMs).toBeGreaterThanOrEqual(firstContentfulPaintMs as number);
      }
    }
    for (const visit of of('/plain')) expect(visit).toMatchObject({ scriptErrors: [], bundleBytes: 0 });
    for (const visit of of('/busy')) {
      // The script keeps the page for 200 ms, by the page's own clock.
      expect(visit.interactiveMs).toBeGreaterThanOrEqual(200);
      expect(visit.bundleBytes).toBeGreaterThan(20_000);
      expect(visit.bundleBytes).toBeLessThan(21_000);
      expect(visit.scriptErrors).toEqual([]);
    }
    for (const { scriptErrors } of of('/broken')) {
      expect(scriptErrors.toSorted()).toEqual([
        '/gone.js was answered 500',
        'Error: no',
        expect.stringContaining('ReferenceError'),
      ]);
    }
    for (const { scriptErrors } of of('/remembers')) expect(scriptErrors).toEqual([]);
    for (const { scriptErrors } of of('/strict')) expect(scriptErrors.join()).toContain('Content Security Policy');
  });

  it('takes neither the page of an error nor none at all for the page', async () => {
    const [error] = (await visited(['/absent'])).pages;
    for (const { problem } of error?.visits ?? []) expect(problem).toBe('it was answered 500');
    expect(error?.visits).toHaveLength(brief.visitsCount);
    await using folder = await temporaryFolder('pages');
    const asked = {
      target: 'http://127.0.0.1:9',
      paths: ['/'],
      program,
      profileFolder: folder.file('p'),
      insecure: false,
    };
    const [gone] = (await visitPages(asked, systemTimers(), never, brief)).pages;
    for (const { problem } of gone?.visits ?? []) expect(problem).toContain('it did not come');
    expect(gone?.visits).toHaveLength(brief.visitsCount);
  });

  it('ends at once when it is told to, and leaves nothing', async () => {
    await using folder = await temporaryFolder('pages');
    await using server = await listening();
    const before = snapshot();
    const stop = new AbortController();
    const asked = { target: server.url, paths: ['/plain'], program, profileFolder: folder.file('p'), insecure: false };
    const visiting = visitPages(asked, systemTimers(), stop.signal, { ...brief, visitsCount: 100 });
    stop.abort(new Error('enough'));
    await expect(visiting).rejects.toThrow('enough');
    expect(leftBehind(before, ofFolder(folder))).toEqual([]);
  });
});
