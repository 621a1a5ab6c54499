/** Sends a book to a draft and has it read, with a bar of how far it is and a way to call it off. */
import type { Draft } from '../answers.ts';
import { element, fill } from '../element.ts';
import { type Draw, faultText, field, type Visit } from '../view.ts';

/** Drawn in `holder` while it lasts. Null: the reader called it off. Rejects with a Fault. */
export async function uploadBook(visit: Visit, id: string, file: File, holder: Element): Promise<Draft | null> {
  const { say, language } = visit.speech;
  const calledOff = new AbortController();
  const percent = new Intl.NumberFormat(language, { style: 'percent' });
  const bar = element('progress', { max: 1, value: 0, 'aria-label': say('wizard.uploading') });
  const told = element('p', { role: 'status' });
  const cancel = element('button', { class: 'quiet', on: { click: () => calledOff.abort() } }, say('wizard.cancel'));
  fill(holder, element('div', { class: 'narrow' }, element('h2', {}, say('wizard.uploading')), bar, told, cancel));
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
    if (calledOff.signal.aborted) return null;
    throw error;
  }
  cancel.remove();
  return visit.api.send<Draft>('POST', `/wizard/${id}/analyze`);
}

/** The field for a book. */
export function bookField({ say }: Visit['speech']): readonly [label: HTMLElement, input: HTMLInputElement] {
  const input = element('input', { name: 'file', type: 'file', accept: '.epub,application/epub+zip', required: true });
  return [field(say('wizard.file'), input, say('wizard.fileHint')), input];
}

/** The book of a draft that has none, or one that could not be read. */
export const drawUpload: (visit: Visit, trouble: string) => ReturnType<Draw> = async (visit, trouble) => {
  const { speech, id } = visit;
  const { say } = speech;
  const said = element('p', { class: 'fault', role: 'alert' }, trouble);
  const [label, input] = bookField(speech);
  const form = element('form', { class: 'narrow' }, element('p', {}, say('wizard.again')), label, said);
  form.append(element('button', {}, say('wizard.upload')));
  const body = element('div', {}, form);
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const file = input.files?.[0];
    if (file === undefined) return;
    try {
      const sent = await uploadBook(visit, id, file, body);
      if (sent !== null) return visit.go(`/wizard/${id}`);
      fill(said, say('wizard.cancelled'));
    } catch (error) {
      if (visit.signal.aborted) return;
      fill(said, faultText(error, speech));
    }
    fill(body, form);
  });
  return { title: say('page.wizard'), body };
};
