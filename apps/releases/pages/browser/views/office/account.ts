/** The reader's own account: who it is, what it may do, and the end of all its logins. */
import { element, fill } from '../../element.ts';
import { type Draw, facts, faultText, troubleLine } from '../../view.ts';
import { timeOf } from '../table.ts';

export const drawAccount: Draw = async ({ api, speech }) => {
  const { say, name } = speech;
  const me = await api.whoAmI();
  const main = facts([
    [say('login.name'), me.login],
    [say('users.name'), me.name],
    [say('users.roles'), me.roles.join(', ')],
    [say('users.groups'), me.groups.map((group) => group.name).join(', ')],
    [
      say('account.may'),
      element('ul', { class: 'bare' }, ...me.permissions.map((one) => element('li', {}, name('may', one)))),
    ],
    [say('account.since'), timeOf(speech, me.created_at)],
  ]);
  const trouble = troubleLine();
  const end = async (): Promise<void> => {
    try {
      await api.logOutEverywhere();
    } catch (error) {
      fill(trouble, faultText(error, speech));
    }
  };
  const everywhere = element('button', { class: 'quiet', on: { click: () => void end() } }, say('account.everywhere'));
  const logins = element(
    'section',
    {},
    element('h2', {}, say('account.logins')),
    element('p', {}, say('account.everywhereHint')),
    trouble,
    element('p', {}, everywhere),
  );
  return { title: say('page.account'), body: [main, logins] };
};
