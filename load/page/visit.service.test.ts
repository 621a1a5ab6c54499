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
import { pageDefaults, type PageOptions } from './options.ts';
import { type AskedPage, visitPages } from './visit.ts';

const program = findBrowser(process.env['CHROMIUM']);
const never = new AbortController().signal;
const brief = { ...pageDefaults, visitsCount: 2, quietMs: 300 };

const script = `
const until = performance.now() + 200;
while (performance.now() < until);
document.body.append('done');
`;
/** A login as most have it: a form that the server answers with a cookie. */
const form = `<!doctype html><link rel="icon" href="data:,"><form method="post" action="/enter">
<input name="who"><input name="word" type="password"><button>Enter</button></form><script src="/kept.js"></script>`;
/** One of scripts: what it knows it keeps in the browser, and draws. */
const app = `<!doctype html><link rel="icon" href="data:,"><main></main><script>
const main = document.querySelector('main');
const draw = () => {
  if (localStorage.token === 'ada') return main.append('inside');
  if (localStorage.token) throw new Error(localStorage.token);
  main.innerHTML = '<form><input name="who" value="somebody"><input name="word"><button>Enter</button></form>';
  main.firstChild.onsubmit = (event) => {
    event.preventDefault();
    if (main.querySelector('[name=word]').value !== 'secret') return;
    localStorage.token = main.querySelector('[name=who]').value;
    main.replaceChildren();
  };
};
setTimeout(draw, 50);
</script><script src="/kept.js"></script>`;

const texts: Readonly<Record<string, string>> = {
  '/plain': '<!doctype html><title>plain</title><link rel="icon" href="data:,"><p>Hello',
  '/busy': '<!doctype html><link rel="icon" href="data:,"><p>Hello<script src="/busy.js"></script>',
  '/busy.js': script.padEnd(20_000),
  '/broken':
    '<!doctype html><link rel="icon" href="data:,"><p>Hello<script src="/gone.js"></script><script>void Promise.reject(new Error("no"));nothing.at.all</script>',
  '/remembers':
    '<!doctype html><link rel="icon" href="data:,"><p>Hello<script>if (localStorage.seen || document.cookie) throw new Error("seen before"); localStorage.seen = 1; document.cookie = "seen=1"</script>',
  '/form': form,
  '/inside': '<!doctype html><link rel="icon" href="data:,"><p>Inside<script src="/kept.js"></script>',
  '/app': app,
  '/kept.js': '// kept'.padEnd(10_000),
  '/strict': '<!doctype html><link rel="icon" href="data:,"><p>Hello<script>document.title = "let in"</script>',
};

const answer: RequestListener = (request, response) => {
  const { url = '', method, headers } = request;
  if (method === 'POST') {
    request.setEncoding('utf8').once('data', (sent: string) => {
      if (sent === 'who=ada&word=secret') response.setHeader('set-cookie', 'session=ada');
      response.writeHead(303, { location: '/inside' }).end();
    });
    return;
  }
  if (url === '/kept.js') response.setHeader('cache-control', 'public, max-age=31536000, immutable');
  if (url === '/inside' && headers.cookie !== 'session=ada') {
    response.writeHead(302, { location: '/form' }).end();
    return;
  }
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

const open = (path: string): AskedPage => ({ path, login: null });
const login = { page: '/form', fill: { '[name=who]': 'ada', '[name=word]': 'secret' } };

async function visited(
  pages: readonly AskedPage[],
  change: { program?: string } = {},
  options: PageOptions = brief,
): Promise<PageEvidence> {
  await using folder = await temporaryFolder('pages');
  await using server = await listening();
  const before = snapshot();
  const asked = { target: server.url, pages, program, profileFolder: folder.file('profile'), insecure: false };
  const evidence = await visitPages({ ...asked, ...change }, systemTimers(), never, options);
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
    pages: [open('/')],
    program: named,
    profileFolder: '/nowhere',
    insecure: false,
  };
  const evidence = await visitPages(asked, systemTimers(), never, brief);
  expect(evidence).toMatchObject({ browser: null, pages: [], missing: expect.stringContaining('no Chromium') });
});

it('says that what was named is no browser', async () => {
  expect(await visited([open('/plain')], { program: 'true' })).toMatchObject({
    browser: null,
    pages: [],
    missing: 'the browser ended (code 0)',
  });
});

describe.skipIf(program === null)('visitPages() with Chromium (apt-get install chromium)', () => {
  it('sees when a page was painted and could be used, what came of it and what went wrong, each visit as the first', async () => {
    const evidence = await visited(['/plain', '/busy', '/broken', '/remembers', '/strict'].map(open));
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
    const [error] = (await visited([open('/absent')])).pages;
    for (const { problem } of error?.visits ?? []) expect(problem).toBe('it was answered 500');
    expect(error?.visits).toHaveLength(brief.visitsCount);
    await using folder = await temporaryFolder('pages');
    const asked = {
      target: 'http://127.0.0.1:9',
      pages: [open('/')],
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
    const asked = {
      target: server.url,
      pages: [open('/plain')],
      program,
      profileFolder: folder.file('p'),
      insecure: false,
    };
    const visiting = visitPages(asked, systemTimers(), stop.signal, { ...brief, visitsCount: 100 });
    stop.abort(new Error('enough'));
    await expect(visiting).rejects.toThrow('enough');
    expect(leftBehind(before, ofFolder(folder))).toEqual([]);
  });

  it('logs in before each visit, by whatever the login is kept in, and takes nothing else from it', async () => {
    const inApp = { ...login, page: '/app' };
    const evidence = await visited([{ path: '/inside', login }, { path: '/app', login: inApp }, open('/form')]);
    expect(evidence.missing).toBeNull();
    for (const { visits } of evidence.pages) {
      expect(visits).toHaveLength(brief.visitsCount);
      // The script that the login had fetched, too, and may be kept for ever.
      for (const visit of visits) {
        expect(visit).toMatchObject({ problem: null, scriptErrors: [] });
        expect(visit.bundleBytes).toBeGreaterThan(10_000);
      }
    }
  });

  it('takes the login for no page behind it, and says what was wrong with it', async () => {
    const impatient = { ...brief, visitTimeoutMs: 2000 };
    const wrong = { ...login, fill: { ...login.fill, '[name=word]': 'guessed' } };
    const evidence = await visited(
      [
        { path: '/app', login },
        { path: '/inside', login: { ...wrong, page: '/app' } },
        { path: '/inside', login: { page: '/plain', fill: { '#who': 'ada' } } },
        { path: '/inside', login: { ...login, fill: { ...login.fill, '#code': '1' } } },
      ],
      {},
      impatient,
    );
    expect(evidence.pages.map(({ visits }) => visits[0]?.problem)).toEqual([
      'it showed the login of /form',
      'the login at /app still asks, after 2000 ms',
      'the login at /plain has no #who',
      'the login at /form has no #code',
    ]);
  });
});
