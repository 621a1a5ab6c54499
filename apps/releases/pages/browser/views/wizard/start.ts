/** The wizard's first step: a group, a type and a book become a draft, which goes on at an address of its own. */
import type { Draft, PageOf, RuleItem } from '../../answers.ts';
import { element, fill } from '../../element.ts';
import { choice, choices, type Draw, field } from '../../view.ts';
import { bookForm } from './upload.ts';

/** What a book can be a release of. */
const types = ['EBOOK', 'DOCS'];

export const drawWizard: Draw = async (visit) => {
  const { api, speech, login, signal } = visit;
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
  const type = choice('release_type', kinds, 'EBOOK') as HTMLSelectElement;
  const rule = element('select', { name: 'rule_id' });
  const showRules = async (): Promise<void> => {
    const { items } = await api.get<PageOf<RuleItem>>(`/wizard/rules?per_page=100&release_type=${type.value}`, signal);
    fill(rule, choices([['', say('none')], ...items.map(({ id, name }) => [id, name] as const)], ''));
  };
  // Without rules to choose from it goes on without one.
  type.addEventListener('change', () => void showRules().catch(() => fill(rule)));
  await showRules();
  // One draft however often the book is chosen anew; another group, type or rule is another draft.
  let made: { readonly of: string; readonly id: string } | undefined;
  const draftId = async (form: FormData): Promise<string> => {
    const { group, release_type, rule_id } = Object.fromEntries(form);
    const asked = { group, release_type, rule_id };
    const of = JSON.stringify(asked);
    if (made?.of !== of) made = { of, ...(await api.send<Draft>('POST', '/wizard/draft', asked)) };
    return made.id;
  };
  const before = [
    element('p', {}, say('wizard.intro')),
    field(say('wizard.group'), group, say('wizard.groupHint')),
    element('datalist', { id: 'own-groups' }, ...own.map((value) => element('option', { value }))),
    field(say('list.type'), type),
    field(say('wizard.rule'), rule),
  ];
  return { title: say('page.wizard'), body: bookForm(visit, { before, trouble: '', draftId }) };
};
