/** What stands around every page: the brand, the ways, the languages, the logout. */
import { type Child, element } from './element.ts';
import type { Login } from './session.ts';
import { link } from './view.ts';
import { type Language, languages, type Speech } from './words.ts';

export interface FrameActions {
  logOut(): void;
  choose(language: Language): void;
}

const ways = [
  ['/', 'page.dashboard'],
  ['/releases', 'page.list'],
  ['/wizard', 'page.wizard'],
] as const;

const ownNames: Readonly<Record<Language, string>> = { en: 'English', fr: 'Français' };

export function frameHeader(
  { say, language }: Speech,
  path: string,
  login: Login | null,
  actions: FrameActions,
): Child[] {
  const here = (way: string): Readonly<Record<string, string>> => (way === path ? { 'aria-current': 'page' } : {});
  const others = languages.filter((one) => one !== language);
  return [
    element('a', { class: 'skip', href: '#content' }, say('skip')),
    link('/', { class: 'brand' }, say('brand')),
    login === null
      ? null
      : element('nav', { 'aria-label': say('pages') }, ...ways.map(([way, word]) => link(way, here(way), say(word)))),
    element(
      'div',
      { class: 'account' },
      ...others.map((one) =>
        element('button', { class: 'plain', lang: one, on: { click: () => actions.choose(one) } }, ownNames[one]),
      ),
      login === null
        ? null
        : element(
            'button',
            { class: 'plain', on: { click: () => actions.logOut() } },
            say('logout', { login: login.user.login }),
          ),
    ),
  ];
}
