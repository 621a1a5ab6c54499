/** A form that makes, changes or removes one thing of the service. */
import { type Child, element, fill } from '../../element.ts';
import { faultText, troubleLine, type View, type Visit } from '../../view.ts';

export interface Editor {
  readonly title: string;
  /** Of the list that it is in, such as `/rules`: the same for the pages and the service. */
  readonly path: string;
  readonly fields: readonly Child[];
  /** What is sent. */
  read(form: FormData): object;
}

/** The service refuses a shorter one. */
export const minPasswordLength = 8;

/** `visit.id` empty: the thing is to be made. */
export function drawEditor(visit: Visit, { title, path, fields, read }: Editor): View {
  const { api, speech, go, id, retitle } = visit;
  const { say } = speech;
  const trouble = troubleLine();
  const saved = element('p', { role: 'status' });
  let busy = false;
  const attempt = async (change: () => Promise<void>): Promise<void> => {
    // Whoever presses twice means it once.
    if (busy) return;
    busy = true;
    fill(trouble);
    fill(saved);
    try {
      await change();
    } catch (error) {
      fill(trouble, faultText(error, speech));
    }
    busy = false;
  };
  const save = (form: FormData): Promise<void> =>
    attempt(async () => {
      if (id === '') {
        const made = await api.send<{ id: string }>('POST', path, read(form));
        return go(`${path}/${made.id}`);
      }
      const { name } = await api.send<{ name: string }>('PUT', `${path}/${id}`, read(form));
      retitle(name);
      fill(saved, say('saved'));
    });
  const remove = (): Promise<void> =>
    attempt(async () => {
      if (!confirm(say('office.sure'))) return;
      await api.send('DELETE', `${path}/${id}`);
      go(path);
    });
  const removal = element(
    'button',
    { class: 'quiet bad', type: 'button', on: { click: () => void remove() } },
    say('office.remove'),
  );
  const form = element(
    'form',
    { class: 'middle' },
    ...fields,
    trouble,
    saved,
    element('div', { class: 'acts' }, element('button', {}, say('office.save')), id === '' ? null : removal),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void save(new FormData(form));
  });
  return { title, body: form };
}

export function textOf(form: FormData, name: string): string {
  return String(form.get(name) ?? '').trim();
}

/** Of the boxes that are ticked. */
export function tickedOf(form: FormData, name: string): string[] {
  return form.getAll(name).map(String);
}
