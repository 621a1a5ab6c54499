/** Roles, for who may change them: what each permits, and a form for one. */
import type { Permit, Role } from '../../answers.ts';
import { element } from '../../element.ts';
import { boxes, type Draw, field, link, type View, type Visit } from '../../view.ts';
import { tableOf } from '../table.ts';
import { drawEditor, textOf, tickedOf } from './editor.ts';

interface Roles {
  readonly items: readonly Role[];
  /** All that can be permitted. */
  readonly permissions: readonly Permit[];
}

export const drawRoles: Draw = async (visit) => {
  const { say, name } = visit.speech;
  const { items } = await allRoles(visit);
  const table = tableOf<Role>(
    say('page.roles'),
    [
      { name: say('roles.name'), cell: ({ id, name }) => link(`/roles/${id}`, {}, name) },
      {
        name: say('account.may'),
        cell: ({ permissions }) => permissions.map((one) => name('may', keyOf(one))).join(', '),
      },
    ],
    items,
  );
  const lead = element('p', {}, link('/roles/new', { class: 'button' }, say('page.newRole')));
  return { title: say('page.roles'), body: [lead, table] };
};

export const drawRole: Draw = async (visit) => {
  const { permissions } = await allRoles(visit);
  const role = await visit.api.get<Role>(`/roles/${visit.id}`, visit.signal);
  return editorOf(visit, role.name, permissions, role);
};

export const drawNewRole: Draw = async (visit) =>
  editorOf(visit, visit.speech.say('page.newRole'), (await allRoles(visit)).permissions, null);

function allRoles({ api, signal }: Visit): Promise<Roles> {
  return api.get<Roles>('/roles', signal);
}

function editorOf(visit: Visit, title: string, all: readonly Permit[], role: Role | null): View {
  const { say, name } = visit.speech;
  const called = element('input', {
    name: 'name',
    required: true,
    pattern: '[a-z][a-z0-9 _\\-]{1,99}',
    autocapitalize: 'none',
    autocomplete: 'off',
    value: role?.name ?? '',
  });
  const values = all.map((one) => [keyOf(one), name('may', keyOf(one))] as const);
  return drawEditor(visit, {
    title,
    path: '/roles',
    fields: [
      field(say('roles.name'), called, say('roles.nameHint')),
      boxes(say('account.may'), 'permissions', values, role?.permissions.map(keyOf) ?? []),
    ],
    read: (form) => ({
      name: textOf(form, 'name'),
      permissions: tickedOf(form, 'permissions').map((one) => {
        const [resource = '', action = ''] = one.split(' ');
        return { resource, action };
      }),
    }),
  });
}

function keyOf({ resource, action }: Permit): string {
  return `${resource} ${action}`;
}
