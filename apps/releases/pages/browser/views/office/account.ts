/** The reader's own account: who it is, what it may do, another password, and the end of all its logins. */
import { element, fill } from '../../element.ts';
import { type Draw, facts, faultText, field, troubleLine, type Visit } from '../../view.ts';
import { timeOf } from '../table.ts';
import { minPasswordLength } from './editor.ts';

export const drawAccount: Draw = async (visit) => {
  const { api, speech } = visit;
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
  return { title: say('page.account'), body: [main, passwordForm(visit), logins] };
};

function passwordForm({ api, speech }: Visit): HTMLElement {
  const { say } = speech;
  const trouble = troubleLine();
  const saved = element('p', { role: 'status' });
  const input = (name: string, autocomplete: string, minlength: number): HTMLInputElement =>
    element('input', { name, type: 'password', autocomplete, required: true, minlength, maxlength: 200 });
  const form = element(
    'form',
    { class: 'narrow' },
    field(say('account.present'), input('password', 'current-password', 1)),
    field(say('account.next'), input('next', 'new-password', minPasswordLength), say('users.passwordHint')),
    trouble,
    saved,
    element('button', {}, say('account.change')),
  );
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    fill(trouble);
    fill(saved);
    const data = new FormData(form);
    try {
      await api.changePassword(String(data.get('password')), String(data.get('next')));
      form.reset();
      fill(saved, say('account.changed'));
    } catch (error) {
      fill(trouble, faultText(error, speech));
    }
  });
  return element('section', {}, element('h2', {}, say('account.change')), form);
}
