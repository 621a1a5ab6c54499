/** Brings a book to a draft, from the reader's computer or from an address, and has it read; told how far that is. */
import type { Draft } from '../../answers.ts';
import { type Child, element, fill } from '../../element.ts';
import { type Draw, faultText, field, troubleLine, type Visit } from '../../view.ts';

/** A file, or the address that the service fetches it from. */
type Book = File | string;

interface BookForm {
  readonly before: readonly Child[];
  /** What it begins with. */
  readonly trouble: string;
  /** The draft that takes the book. Rejects with a Fault. */
  draftId(form: FormData): Promise<string>;
}

/** A form that ends with the book, which is brought to the draft; then the wizard goes on. What was filled in stays where that fails. */
export function bookForm(visit: Visit, { before, trouble, draftId }: BookForm): HTMLElement {
  const { speech, signal, go } = visit;
  const { say } = speech;
  const said = troubleLine(trouble);
  const { shown, book } = bookFields(speech);
  const button = element('button', {}, say('wizard.upload'));
  const form = element('form', { class: 'narrow' }, ...before, ...shown, said, button);
  const body = element('div', {}, form);
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const chosen = book();
    if (chosen === undefined) return;
    fill(said);
    button.disabled = true;
    try {
      const id = await draftId(new FormData(form));
      if ((await bringBook(visit, id, chosen, body)) !== null) return go(`/wizard/${id}`);
      fill(said, say('wizard.cancelled'));
    } catch (error) {
      if (signal.aborted) return;
      fill(said, faultText(error, speech));
    }
    button.disabled = false;
    fill(body, form);
  });
  return body;
}

/** The book of a draft that has none, or one that could not be read. */
export const drawUpload: (visit: Visit, trouble: string) => ReturnType<Draw> = async (visit, trouble) => {
  const { say } = visit.speech;
  const draftId = (): Promise<string> => Promise.resolve(visit.id);
  return {
    title: say('page.wizard'),
    body: bookForm(visit, { before: [element('p', {}, say('wizard.again'))], trouble, draftId }),
  };
};

interface BookFields {
  readonly shown: readonly HTMLElement[];
  /** Undefined: none was chosen. */
  book(): Book | undefined;
}

/** The file or its address: what is given last counts, and one of them must be. */
function bookFields({ say }: Visit['speech']): BookFields {
  const file = element('input', { name: 'file', type: 'file', accept: '.epub,application/epub+zip', required: true });
  const url = element('input', { name: 'url', type: 'url', maxlength: 2000, placeholder: 'https://' });
  url.addEventListener('input', () => {
    file.required = url.value === '';
    if (!file.required) file.value = '';
  });
  file.addEventListener('change', () => {
    file.required = true;
    url.value = '';
  });
  return {
    shown: [
      field(say('wizard.file'), file, say('wizard.fileHint')),
      field(say('wizard.url'), url, say('wizard.urlHint')),
    ],
    book: () => (url.value === '' ? file.files?.[0] : url.value),
  };
}

/** Drawn in `holder` while it lasts. Null: the reader called it off. Rejects with a Fault. */
async function bringBook(visit: Visit, id: string, book: Book, holder: Element): Promise<Draft | null> {
  const { say } = visit.speech;
  const bar = element('progress', { max: 1, 'aria-label': say('wizard.uploading') });
  const told = element('p', { role: 'status' }, say('wizard.fetching'));
  const sheet = element('div', { class: 'sheet' }, element('h2', {}, say('wizard.uploading')), bar, told);
  fill(holder, sheet);
  if (typeof book === 'string') {
    await visit.api.send('POST', `/wizard/${id}/upload`, { url: book });
  } else if (!(await sendFile(visit, id, book, { sheet, bar, told }))) return null;
  fill(told, say('wizard.reading'));
  return visit.api.send<Draft>('POST', `/wizard/${id}/analyze`);
}

interface Shown {
  readonly sheet: HTMLElement;
  readonly bar: HTMLProgressElement;
  readonly told: HTMLElement;
}

/** Whether it was sent: the reader can call it off. */
async function sendFile(visit: Visit, id: string, file: File, { sheet, bar, told }: Shown): Promise<boolean> {
  const { say, language } = visit.speech;
  const calledOff = new AbortController();
  const percent = new Intl.NumberFormat(language, { style: 'percent' });
  const cancel = element('button', { class: 'quiet', on: { click: () => calledOff.abort() } }, say('wizard.cancel'));
  sheet.append(cancel);
  const onProgress = (share: number): void => {
    bar.value = share;
    fill(told, share < 1 ? say('wizard.sent', { percent: percent.format(share) }) : say('wizard.reading'));
  };
  const form = new FormData();
  form.set('file', file);
  const signal = AbortSignal.any([calledOff.signal, visit.signal]);
  try {
    await visit.api.upload(`/wizard/${id}/upload`, form, { onProgress, signal });
  } catch (error) {
    if (calledOff.signal.aborted) return false;
    throw error;
  }
  cancel.remove();
  return true;
}
