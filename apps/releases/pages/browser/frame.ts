/** What stands around every page: the brand, the ways, the languages, the logout. */
import { type Child, element } from './element.ts';
import { type Login, may } from './session.ts';
import { link } from './view.ts';
import { type Language, languages, type Speech } from './words.ts';

export interface FrameActions {
  logOut(): void;
  choose(language: Language): void;
}

/** With what the account must be permitted. */
const ways = [
  ['/', 'page.dashboard', null],
  ['/releases', 'page.list', 'releases read'],
  ['/wizard', 'page.wizard', 'releases write'],
  ['/jobs', 'page.jobs', 'releases write'],
  ['/rules', 'page.rules', 'rules read'],
  ['/users', 'page.users', 'users write'],
  ['/roles', 'page.roles', 'roles write'],
] as const;

const ownNames: Readonly<Record<Language, string>> = { en: 'English', fr: 'Français' };

export function frameHeader(
  { say, language }: Speech,
  path: string,
  login: Login | null,
  actions: FrameActions,
): Child[] {
  const here = (way: string): Readonly<Record<string, string>> => {
    if (way === path) return { 'aria-current': 'page' };
    return way !== '/' && path.startsWith(`${way}/`) ? { 'aria-current': 'true' } : {};
  };
  const open = ways.filter(([, , permission]) => permission === null || may(login, permission));
  const others = languages.filter((one) => one !== language);
  return [
    element('a', { class: 'skip', href: '#content' }, say('skip')),
    link('/', { class: 'brand' }, say('brand')),
    login === null
      ? null
      : element('nav', { 'aria-label': say('pages') }, ...open.map(([way, word]) => link(way, here(way), say(word)))),
    element(
      'div',
      { class: 'account' },
      ...others.map((one) =>
        element('button', { class: 'plain', lang: one, on: { click: () => actions.choose(one) } }, ownNames[one]),
      ),
      login === null ? null : link('/account', { ...here('/account'), title: say('page.account') }, login.user.login),
      login === null
        ? null
        : element('button', { class: 'plain', on: { click: () => actions.logOut() } }, say('logout')),
    ),
  ];
}
