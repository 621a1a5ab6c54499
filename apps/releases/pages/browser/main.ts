/** The entry of the pages: draws what the address names, and follows the reader from there. */
import { createApi, Fault } from './api.ts';
import { element, fill } from './element.ts';
import { frameHeader } from './frame.ts';
import { routeOf } from './router.ts';
import { may, openSession } from './session.ts';
import { faultText, link, type View, type Visit } from './view.ts';
import { chooseLanguage, preferredLanguage, type Speech, speechOf } from './words.ts';

/** Shorter waits show nothing: a word that flashes up is worse than none. */
const patienceMs = 300;

const session = openSession(localStorage);
const api = createApi(session, () => void draw(false));
const header = document.querySelector('header') as HTMLElement;
const content = document.querySelector('main') as HTMLElement;
let speech: Speech = speechOf(preferredLanguage(localStorage, navigator.languages), navigator.languages);
let leaving = new AbortController();

function go(path: string): void {
  history.pushState(null, '', path);
  void draw(true);
}

/** `moved`: the reader went somewhere, so the focus goes to the heading of the new page. */
async function draw(moved: boolean): Promise<void> {
  leaving.abort();
  leaving = new AbortController();
  const { signal } = leaving;
  const { pathname, search } = location;
  const login = session.current();
  const route = routeOf(pathname);
  if (login === null && route?.open !== true) return leadToLogin(pathname + search);
  document.documentElement.lang = speech.language;
  drawHeader(pathname);
  content.setAttribute('aria-busy', 'true');
  // What is still seen is of the page that the reader has left.
  content.inert = true;
  setTimeout(() => {
    if (!signal.aborted && content.getAttribute('aria-busy') === 'true')
      fill(content, element('p', {}, speech.say('loading')));
  }, patienceMs);
  const visit: Visit = {
    api,
    speech,
    login,
    id: route?.id ?? '',
    query: new URLSearchParams(search),
    signal,
    timing: { after: (ms, run) => void setTimeout(run, ms) },
    may: (permission) => may(session.current(), permission),
    go,
    retitle,
    note: (path) => history.pushState(null, '', path),
  };
  let view: View;
  try {
    view = route === null ? nothing() : await route.draw(visit);
  } catch (error) {
    if (signal.aborted) return;
    if (error instanceof Fault && error.status === 401) return leadToLogin(pathname + search);
    view = fault(error);
  }
  if (!signal.aborted) present(view, moved);
}

function present({ title, body }: View, moved: boolean): void {
  const heading = element('h1', { tabindex: -1 });
  content.removeAttribute('aria-busy');
  content.inert = false;
  fill(content, heading, body);
  retitle(title);
  if (!moved) return;
  heading.focus({ preventScroll: true });
  scrollTo(0, 0);
}

function retitle(title: string): void {
  document.title = `${title} · ${speech.say('brand')}`;
  fill(content.querySelector('h1') as HTMLElement, title);
}

function drawHeader(path: string): void {
  const actions = {
    logOut() {
      // Here at once; the service is told, and what it cannot be told it forgets by itself.
      api.logOut().catch(() => {});
      go('/login');
    },
    choose(language: Speech['language']) {
      chooseLanguage(localStorage, language);
      speech = speechOf(language, navigator.languages);
      void draw(false);
    },
  };
  fill(header, ...frameHeader(speech, path, session.current(), actions));
}

/** What the account may do can have changed since its login. */
async function heedRights(): Promise<void> {
  const before = String(session.current()?.user.permissions);
  const now = await api.whoAmI().catch(() => null);
  if (now !== null && String(now.permissions) !== before) drawHeader(location.pathname);
}

/** `wanted` is where the reader is led on to; the first page needs no mention. */
function leadToLogin(wanted: string): void {
  history.replaceState(null, '', wanted === '/' ? '/login' : `/login?to=${encodeURIComponent(wanted)}`);
  void draw(true);
}

function nothing(): View {
  const { say } = speech;
  return { title: say('page.nothing'), body: [element('p', {}, say('nothing')), link('/', {}, say('home'))] };
}

function fault(error: unknown): View {
  const again = element('button', { on: { click: () => void draw(true) } }, speech.say('again'));
  const text = element('p', { role: 'alert' }, faultText(error, speech));
  return { title: speech.say('fault.title'), body: [text, again] };
}

/** A link to a page of ours is followed here, unless it is to open elsewhere. */
function follow(event: MouseEvent): void {
  const anchor = event.target instanceof Element ? event.target.closest('a') : null;
  const elsewhere = event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
  if (anchor === null || elsewhere || anchor.origin !== location.origin || anchor.hash !== '') return;
  if (anchor.hasAttribute('download')) return;
  event.preventDefault();
  go(anchor.pathname + anchor.search);
}

document.addEventListener('click', follow);
addEventListener('popstate', () => void draw(true));
// Another tab logged in or out.
addEventListener('storage', () => {
  if ((session.current() === null) !== (location.pathname === '/login')) void draw(false);
});
void draw(false);
if (session.current() !== null) void heedRights();
