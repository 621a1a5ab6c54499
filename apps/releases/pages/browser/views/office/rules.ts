/** The rules that releases are packed by: their list, one of them, and for who may write them a form. */
import type { Rule, RuleItem } from '../../answers.ts';
import { type Child, element, fill } from '../../element.ts';
import { choice, type Draw, facts, faultText, field, link, troubleLine, type View, type Visit } from '../../view.ts';
import { types } from '../list.ts';
import { drawListing } from '../listing.ts';
import { tableOf } from '../table.ts';
import { drawEditor, textOf } from './editor.ts';

type Known = Pick<Rule, 'name' | 'section' | 'scene' | 'year'>;

export const drawRules: Draw = (visit) => {
  const { speech, query, may } = visit;
  const { say, name } = speech;
  const sections = [['', say('list.any')] as const, ...types.map((key) => [key, name('type', key)] as const)];
  return drawListing<RuleItem>(visit, {
    title: say('page.rules'),
    path: '/rules',
    fields: [field(say('rules.section'), choice('section', sections, query.get('section') ?? ''))],
    ask: (chosen) => `/rules?${chosen}`,
    table: (items) =>
      tableOf(
        say('page.rules'),
        [
          { name: say('rules.name'), cell: ({ id, name }) => link(`/rules/${id}`, {}, name) },
          { name: say('rules.section'), cell: ({ section }) => name('type', section) },
          { name: say('rules.scene'), cell: ({ scene }) => scene },
          { name: say('rules.year'), cell: ({ year }) => year },
        ],
        items,
      ),
    none: element('p', {}, say('rules.none')),
    lead: may('rules write') ? element('p', {}, link('/rules/new', { class: 'button' }, say('page.newRule'))) : null,
  });
};

export const drawRule: Draw = async (visit) => {
  const { api, id, signal, may, speech } = visit;
  const { say, name } = speech;
  const rule = await api.get<Rule>(`/rules/${id}`, signal);
  if (may('rules write')) return editorOf(visit, rule.name, rule);
  const main = facts([
    [say('rules.section'), name('type', rule.section)],
    [say('rules.scene'), rule.scene],
    [say('rules.year'), rule.year],
  ]);
  const text = element(
    'pre',
    { class: 'prose', tabindex: 0, role: 'region', 'aria-label': say('rules.content') },
    rule.content,
  );
  return { title: rule.name, body: [main, element('h2', {}, say('rules.content')), text] };
};

export const drawNewRule: Draw = async (visit) => {
  const { items } = await visit.api.get<{ items: readonly Known[] }>('/rules/scenerules', visit.signal);
  const { title, body } = editorOf(visit, visit.speech.say('page.newRule'), null);
  return { title, body: [body, knownRules(visit, items)] };
};

function editorOf(visit: Visit, title: string, rule: Rule | null): View {
  const { say, name } = visit.speech;
  const sections = types.map((key) => [key, name('type', key)] as const);
  const text = element(
    'textarea',
    { name: 'content', rows: 18, required: true, maxlength: 30_000 },
    rule?.content ?? '',
  );
  const called = element('input', { name: 'name', required: true, maxlength: 200, value: rule?.name ?? '' });
  return drawEditor(visit, {
    title,
    path: '/rules',
    fields: [
      field(say('rules.name'), called),
      element(
        'div',
        { class: 'row' },
        field(say('rules.section'), choice('section', sections, rule?.section ?? 'EBOOK')),
        field(
          say('rules.scene'),
          element('input', { name: 'scene', required: true, maxlength: 50, value: rule?.scene ?? '' }),
        ),
        field(
          say('rules.year'),
          element('input', {
            name: 'year',
            type: 'number',
            required: true,
            min: 1990,
            max: 2100,
            value: rule?.year ?? '',
          }),
        ),
      ),
      rule === null ? fileField(visit, called, text) : null,
      field(say('rules.content'), text),
    ],
    read: (form) => ({
      name: textOf(form, 'name'),
      section: textOf(form, 'section'),
      scene: textOf(form, 'scene'),
      year: Number(form.get('year')),
      content: String(form.get('content')),
    }),
  });
}

/** A text file fills the form; nothing is sent before the reader has seen it. */
function fileField({ speech }: Visit, name: HTMLInputElement, text: HTMLTextAreaElement): HTMLElement {
  const input = element('input', { type: 'file', accept: '.txt,.md,.nfo,text/plain' });
  input.addEventListener('change', async () => {
    const file = input.files?.[0];
    if (file === undefined) return;
    text.value = await file.text();
    name.value ||= file.name.replace(/\.\w{1,5}$/, '');
  });
  return field(speech.say('rules.file'), input, speech.say('rules.fileHint'));
}

function knownRules({ api, speech, go }: Visit, items: readonly Known[]): Child {
  if (items.length === 0) return null;
  const { say, name } = speech;
  const trouble = troubleLine();
  const take = async (known: Known): Promise<void> => {
    try {
      const { id } = await api.send<Rule>('POST', '/rules/scenerules/download', { name: known.name });
      go(`/rules/${id}`);
    } catch (error) {
      fill(trouble, faultText(error, speech));
    }
  };
  const row = (known: Known): HTMLElement =>
    element(
      'li',
      {},
      element('button', { class: 'quiet', on: { click: () => void take(known) } }, known.name),
      element('span', {}, `${name('type', known.section)}, ${known.year}`),
    );
  const list = element('ul', { class: 'actions' }, ...items.map(row));
  return element('section', {}, element('h2', {}, say('rules.known')), trouble, list);
}
