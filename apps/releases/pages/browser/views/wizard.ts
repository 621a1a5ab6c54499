/** The wizard's first step: a group, a type and a book become a draft, which goes on at an address of its own. */
import type { Draft } from '../answers.ts';
import { element, fill } from '../element.ts';
import { choice, type Draw, faultText, field } from '../view.ts';
import { bookField, uploadBook } from './upload.ts';

/** What a book can be a release of. */
const types = ['EBOOK', 'DOCS'];

export const drawWizard: Draw = async (visit) => {
  const { api, speech, go } = visit;
  const { say, name } = speech;
  const trouble = element('p', { class: 'fault', role: 'alert' });
  const group = element('input', {
    name: 'group',
    required: true,
    minlength: 2,
    maxlength: 100,
    pattern: '[A-Za-z0-9]+',
    autocomplete: 'off',
  });
  const kinds = types.map((key) => [key, name('type', key)] as const);
  const [label, input] = bookField(speech);
  const form = element(
    'form',
    { class: 'narrow' },
    element('p', {}, say('wizard.intro')),
    field(say('wizard.group'), group, say('wizard.groupHint')),
    field(say('list.type'), choice('release_type', kinds, 'EBOOK')),
    label,
    trouble,
    element('button', {}, say('wizard.upload')),
  );
  const body = element('div', {}, form);
  // One draft however often the book is chosen anew; another group or type is another draft.
  let made: { readonly of: string; readonly id: string } | undefined;
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    fill(trouble);
    const { group, release_type } = Object.fromEntries(new FormData(form));
    const file = input.files?.[0];
    if (file === undefined) return;
    try {
      const of = JSON.stringify([group, release_type]);
      if (made?.of !== of) made = { of, ...(await api.send<Draft>('POST', '/wizard/draft', { group, release_type })) };
      const sent = await uploadBook(visit, made.id, file, body);
      if (sent !== null) return go(`/wizard/${made.id}`);
      fill(trouble, say('wizard.cancelled'));
    } catch (error) {
      if (visit.signal.aborted) return;
      fill(trouble, faultText(error, speech));
    }
    fill(body, form);
  });
  return { title: say('page.wizard'), body };
};
