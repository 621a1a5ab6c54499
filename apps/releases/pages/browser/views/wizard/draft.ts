/** The wizard's later steps on one page: what the book says of itself, how it is packed, how the NFO looks; and on to the packing. */
import type { Draft, Templates } from '../../answers.ts';
import { Fault } from '../../api.ts';
import { element, fill } from '../../element.ts';
import { choice, type Draw, faultText, field, troubleLine, type View, type Visit } from '../../view.ts';
import { type NfoFields, nfoFields } from './nfo.ts';
import { drawUpload } from './upload.ts';

const texts = ['title', 'language', 'publisher', 'date', 'identifier', 'description'] as const;
const lists = ['creators', 'subjects'] as const;
const lines = ['title', 'creators', 'language', 'publisher', 'date', 'identifier', 'subjects'] as const;
const sources = ['RETAiL', 'HYBRiD', 'SCAN'];
const tags = ['READNFO', 'NFOFiX', 'DiRFiX', 'iNTERNAL', 'PROPER'];
const periodicals = ['MAGAZiNE', 'COMiC', 'MANGA'];
const volumesMb = [5, 10, 50, 100, 150, 200, 250];

/** Whoever comes back goes on where the draft is. */
export const drawDraft: Draw = async (visit) => {
  const { api, id, signal, speech, go } = visit;
  let draft = await api.get<Draft>(`/wizard/${id}`, signal);
  if (draft.step === 'analyze') {
    try {
      draft = await api.send<Draft>('POST', `/wizard/${id}/analyze`);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      return drawUpload(visit, faultText(error, speech));
    }
  }
  if (draft.step === 'upload') return drawUpload(visit, '');
  if (draft.step !== 'finalize') go(`/releases/${id}`);
  return drawForm(visit, draft, await api.get<Templates>(`/wizard/${id}/templates`, signal));
};

function drawForm(visit: Visit, draft: Draft, templates: Templates): View {
  const { api, speech, go, id, retitle } = visit;
  const { say } = speech;
  const trouble = troubleLine();
  const saved = element('p', { role: 'status' });
  const nfo = nfoFields(visit, templates);
  const form = element(
    'form',
    { class: 'draft' },
    element('p', {}, say('wizard.check')),
    metadataFields(visit, draft),
    optionFields(visit, draft),
    nfo.shown,
    trouble,
    saved,
    element(
      'div',
      { class: 'acts' },
      element('button', { name: 'act', value: 'pack' }, say('wizard.pack')),
      element('button', { class: 'quiet', name: 'act', value: 'save' }, say('wizard.save')),
    ),
  );
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    fill(trouble);
    fill(saved);
    try {
      const { title } = await save(visit, new FormData(form), nfo);
      if ((event.submitter as HTMLButtonElement | null)?.value === 'save') {
        nfo.look(await api.get<Templates>(`/wizard/${id}/templates`));
        retitle(title);
        fill(saved, say('saved'));
        return;
      }
      await api.send('POST', `/wizard/${id}/finalize`);
      go(`/releases/${id}`);
    } catch (error) {
      fill(trouble, faultText(error, speech));
    }
  });
  return { title: draft.title, body: form };
}

/** One after the other: each answers what it objects to, and what was before it is kept. */
async function save({ api, id }: Visit, data: FormData, nfo: NfoFields): Promise<Draft> {
  const text = (name: string): string | null => String(data.get(name) ?? '').trim() || null;
  const list = (name: string): string[] =>
    String(data.get(name) ?? '')
      .split(',')
      .flatMap((one) => one.trim() || []);
  await api.send('POST', `/wizard/${id}/metadata`, {
    ...Object.fromEntries(texts.map((name) => [name, text(name)])),
    ...Object.fromEntries(lists.map((name) => [name, list(name)])),
  });
  const volume = text('volume_mb');
  await api.send('POST', `/wizard/${id}/options`, {
    source: text('source'),
    tag: text('tag'),
    kind: text('kind'),
    volume_mb: volume === null ? null : Number(volume),
    link: text('link'),
    issue: text('issue'),
  });
  return api.send<Draft>('POST', `/wizard/${id}/templates`, nfo.chosen());
}

function metadataFields({ speech }: Visit, { metadata }: Draft): HTMLElement {
  const { say, name } = speech;
  const value = (key: string): string => [metadata[key] ?? []].flat().join(', ');
  return element(
    'fieldset',
    {},
    element('legend', {}, say('release.metadata')),
    ...lines.map((key) =>
      field(
        name('meta', key),
        element('input', { name: key, value: value(key), required: key === 'title' }),
        key === 'creators' || key === 'subjects' ? say('commas') : undefined,
      ),
    ),
    field(name('meta', 'description'), element('textarea', { name: 'description', rows: 4 }, value('description'))),
  );
}

function optionFields({ speech }: Visit, { options }: Draft): HTMLElement {
  const { say, bytes } = speech;
  const same = (texts: readonly string[]) => texts.map((text) => [text, text] as const);
  const volumes = [
    ['', say('wizard.fitting')] as const,
    ...volumesMb.map((mb) => [String(mb), bytes(mb * 1e6)] as const),
  ];
  return element(
    'fieldset',
    {},
    element('legend', {}, say('wizard.options')),
    field(say('wizard.source'), choice('source', same(sources), options.source)),
    field(say('wizard.tag'), choice('tag', [['', say('none')], ...same(tags)], options.tag ?? '')),
    field(
      say('wizard.kind'),
      choice('kind', [['', say('wizard.noPeriodical')], ...same(periodicals)], options.kind ?? ''),
    ),
    field(say('wizard.volume'), choice('volume_mb', volumes, String(options.volume_mb ?? ''))),
    field(say('wizard.issue'), element('input', { name: 'issue', maxlength: 40, value: options.issue ?? '' })),
    field(
      say('wizard.link'),
      element('input', { name: 'link', type: 'url', maxlength: 300, value: options.link ?? '' }),
      say('wizard.linkHint'),
    ),
  );
}
