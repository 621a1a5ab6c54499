/** Accounts, for who may change them: their list, and a form for one. */
import type { Person, Role } from '../../answers.ts';
import { element } from '../../element.ts';
import { boxes, type Draw, field, link, type View, type Visit } from '../../view.ts';
import { drawListing } from '../listing.ts';
import { tableOf, timeOf } from '../table.ts';
import { drawEditor, minPasswordLength, textOf, tickedOf } from './editor.ts';

export const drawUsers: Draw = (visit) => {
  const { speech } = visit;
  const { say } = speech;
  return drawListing<Person>(visit, {
    title: say('page.users'),
    path: '/users',
    fields: [],
    ask: (chosen) => `/users?${chosen}`,
    table: (items) =>
      tableOf(
        say('page.users'),
        [
          { name: say('login.name'), cell: ({ id, login }) => link(`/users/${id}`, {}, login) },
          { name: say('users.name'), cell: ({ name }) => name },
          { name: say('users.roles'), cell: ({ roles }) => roles.join(', ') },
          { name: say('users.groups'), cell: ({ groups }) => groupNames(groups) },
          { name: say('list.when'), cell: ({ created_at }) => timeOf(speech, created_at) },
        ],
        items,
      ),
    none: null,
    lead: element('p', {}, link('/users/new', { class: 'button' }, say('page.newUser'))),
  });
};

export const drawUser: Draw = async (visit) => {
  const person = await visit.api.get<Person>(`/users/${visit.id}`, visit.signal);
  return editorOf(visit, person.name, person);
};

export const drawNewUser: Draw = (visit) => editorOf(visit, visit.speech.say('page.newUser'), null);

async function editorOf(visit: Visit, title: string, person: Person | null): Promise<View> {
  const { api, signal, may, speech } = visit;
  const { say } = speech;
  // Who may change accounts but not see all roles can take away those that the account has.
  const all = may('roles write') ? (await api.get<{ items: readonly Role[] }>('/roles', signal)).items : [];
  const names = [...new Set([...all.map(({ name }) => name), ...(person?.roles ?? [])])];
  const login =
    person === null
      ? element('input', {
          name: 'login',
          required: true,
          pattern: '[a-z0-9][a-z0-9._\\-]{1,99}',
          autocapitalize: 'none',
          autocomplete: 'off',
        })
      : element('input', { value: person.login, disabled: true });
  const password = element('input', {
    name: 'password',
    type: 'password',
    autocomplete: 'new-password',
    required: person === null,
    minlength: minPasswordLength,
    maxlength: 200,
  });
  return drawEditor(visit, {
    title,
    path: '/users',
    fields: [
      field(say('login.name'), login, person === null ? say('users.loginHint') : undefined),
      field(
        say('users.name'),
        element('input', { name: 'name', required: true, maxlength: 200, value: person?.name ?? '' }),
      ),
      field(say('login.password'), password, say(person === null ? 'users.passwordHint' : 'users.newPasswordHint')),
      boxes(
        say('users.roles'),
        'roles',
        names.map((name) => [name, name] as const),
        person?.roles ?? [],
      ),
      field(
        say('users.groups'),
        element('input', { name: 'groups', value: groupNames(person?.groups ?? []) }),
        say('commas'),
      ),
    ],
    read(form) {
      const [login, password] = [textOf(form, 'login'), String(form.get('password'))];
      return {
        ...(person === null ? { login } : {}),
        ...(password === '' ? {} : { password }),
        name: textOf(form, 'name'),
        roles: tickedOf(form, 'roles'),
        groups: textOf(form, 'groups')
          .split(',')
          .flatMap((one) => one.trim() || []),
      };
    },
  });
}

function groupNames(groups: Person['groups']): string {
  return groups.map(({ name }) => name).join(', ');
}
