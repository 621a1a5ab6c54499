/** The wizard: a group, a type and a book become a release. */
import { element, fill } from '../element.ts';
import { choice, type Draw, faultText, field, type Visit } from '../view.ts';

/** What a book can be a release of. */
const types = ['EBOOK', 'DOCS'];

export const drawWizard: Draw = async (visit) => {
  const { speech, go } = visit;
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
  const type = choice(
    'release_type',
    types.map((key) => [key, name('type', key)] as const),
    'EBOOK',
  );
  const file = element('input', { name: 'file', type: 'file', accept: '.epub,application/epub+zip', required: true });
  const form = element(
    'form',
    { class: 'narrow' },
    element('p', {}, say('wizard.intro')),
    field(say('wizard.group'), group, say('wizard.groupHint')),
    field(say('list.type'), type),
    field(say('wizard.file'), file, say('wizard.fileHint')),
    trouble,
    element('button', {}, say('wizard.upload')),
  );
  const body = element('div', {}, form);
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    fill(trouble);
    const sending = new AbortController();
    const { shown, onProgress } = progressOf(visit, sending);
    fill(body, shown);
    try {
      const signal = AbortSignal.any([sending.signal, visit.signal]);
      const { id } = await visit.api.upload<{ id: string }>('/wizard/create', ordered(form), { onProgress, signal });
      go(`/releases/${id}`);
    } catch (error) {
      if (visit.signal.aborted) return;
      fill(body, form);
      fill(trouble, sending.signal.aborted ? say('wizard.cancelled') : faultText(error, speech));
    }
  });
  return { title: say('page.wizard'), body };
};

/** The fields before the file, so that a mistake in them is found before the book has been sent. */
function ordered(form: HTMLFormElement): FormData {
  const fields = [...new FormData(form)].toSorted(
    ([, a], [, b]) => Number(a instanceof File) - Number(b instanceof File),
  );
  const data = new FormData();
  for (const [key, value] of fields) data.append(key, value);
  return data;
}

interface Sending {
  readonly shown: HTMLElement;
  readonly onProgress: (share: number) => void;
}

function progressOf({ speech }: Visit, sending: AbortController): Sending {
  const { say, language } = speech;
  const percent = new Intl.NumberFormat(language, { style: 'percent' });
  const bar = element('progress', { max: 1, value: 0, 'aria-label': say('wizard.uploading') });
  const told = element('p', { role: 'status' });
  const cancel = element('button', { class: 'quiet', on: { click: () => sending.abort() } }, say('wizard.cancel'));
  const shown = element('div', { class: 'narrow' }, element('h2', {}, say('wizard.uploading')), bar, told, cancel);
  const onProgress = (share: number): void => {
    bar.value = share;
    fill(told, share < 1 ? say('wizard.sent', { percent: percent.format(share) }) : say('wizard.reading'));
  };
  return { shown, onProgress };
}
