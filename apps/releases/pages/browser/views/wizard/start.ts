/** The wizard's first step: a group, a type and a book become a draft, which goes on at an address of its own. */
import type { Draft } from '../../answers.ts';
import { element } from '../../element.ts';
import { choice, type Draw, field } from '../../view.ts';
import { bookForm } from './upload.ts';

/** What a book can be a release of. */
const types = ['EBOOK', 'DOCS'];

export const drawWizard: Draw = async (visit) => {
  const { api, speech, login } = visit;
  const { say, name } = speech;
  const own = login?.user.groups?.map((group) => group.name) ?? [];
  const group = element('input', {
    name: 'group',
    required: true,
    minlength: 2,
    maxlength: 100,
    pattern: '[A-Za-z0-9]+',
    autocomplete: 'off',
    list: 'own-groups',
  });
  const kinds = types.map((key) => [key, name('type', key)] as const);
  // One draft however often the book is chosen anew; another group or type is another draft.
  let made: { readonly of: string; readonly id: string } | undefined;
  const draftId = async (form: FormData): Promise<string> => {
    const { group, release_type } = Object.fromEntries(form);
    const of = JSON.stringify([group, release_type]);
    if (made?.of !== of) made = { of, ...(await api.send<Draft>('POST', '/wizard/draft', { group, release_type })) };
    return made.id;
  };
  const before = [
    element('p', {}, say('wizard.intro')),
    field(say('wizard.group'), group, say('wizard.groupHint')),
    element('datalist', { id: 'own-groups' }, ...own.map((value) => element('option', { value }))),
    field(say('list.type'), choice('release_type', kinds, 'EBOOK')),
  ];
  return { title: say('page.wizard'), body: bookForm(visit, { before, trouble: '', draftId }) };
};
