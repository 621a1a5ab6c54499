/** The NFO of a draft: one of the templates or a text of the reader's own, and how it will look. */
import type { Templates } from '../../answers.ts';
import { element, fill } from '../../element.ts';
import { choice, field, type Visit } from '../../view.ts';

export interface NfoFields {
  readonly shown: HTMLElement;
  /** What the service is sent. */
  chosen(): { readonly template: string } | { readonly content: string };
  /** Shows how it looks now. */
  look(templates: Templates): void;
}

/** Of no template: their names are words. */
const own = '';

/** The look of a template changes with the choice; what was filled in elsewhere, and a text of one's own, shows after it was saved. */
export function nfoFields({ speech }: Visit, templates: Templates): NfoFields {
  const { say } = speech;
  let { items, chosen } = templates;
  const named = items.find(({ content }) => content === chosen.content)?.name ?? own;
  const options = [...items.map(({ name }) => [name, name] as const), [own, say('wizard.ownTemplate')] as const];
  const select = choice('template', options, named) as HTMLSelectElement;
  const text = element('textarea', {
    name: 'content',
    rows: 16,
    cols: 80,
    maxlength: 8000,
    wrap: 'off',
    spellcheck: 'false',
  });
  text.value = chosen.content;
  // What stands for a value, as the templates that there are have it.
  const names = new Set(items.flatMap(({ content }) => content.match(/\{\w+\}/g) ?? []));
  const editor = field(say('wizard.ownTemplate'), text, say('wizard.placeholders', { names: [...names].join(' ') }));
  const view = element('pre', { tabindex: 0, role: 'region', 'aria-label': say('wizard.preview') }, chosen.nfo);
  editor.hidden = named !== own;
  select.addEventListener('change', () => {
    const template = items.find(({ name }) => name === select.value);
    editor.hidden = template !== undefined;
    // A text of one's own begins as what was chosen before.
    if (template !== undefined) {
      text.value = template.content;
      fill(view, template.nfo);
    }
  });
  return {
    shown: element(
      'fieldset',
      {},
      element('legend', {}, say('wizard.nfo')),
      field(say('wizard.template'), select),
      editor,
      view,
    ),
    chosen: () => (select.value === own ? { content: text.value } : { template: select.value }),
    look(now) {
      ({ items, chosen } = now);
      fill(view, chosen.nfo);
    },
  };
}
