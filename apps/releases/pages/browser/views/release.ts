/** One release: what it is called, how far the work on it is, its files to download, and what its book says of itself. */
import type { JobItem, PackedFile, PageOf, Release } from '../answers.ts';
import { Fault } from '../api.ts';
import { type Child, element, fill } from '../element.ts';
import { type Draw, facts, faultText, link, troubleLine, type Visit } from '../view.ts';
import { jobProgress } from './progress.ts';
import { statusMark, tableOf, timeOf } from './table.ts';

type Files = readonly PackedFile[];

/** What can be made of a packed release, each an action of the service; the first two pack the book anew. */
const actions = ['repack', 'readnfo', 'nfofix', 'dirfix'] as const satisfies readonly JobItem['job_type'][];
const wholes: ReadonlySet<string> = new Set(['repack', 'readnfo']);

export const drawRelease: Draw = async (visit) => {
  const { api, speech, id, signal, login } = visit;
  const { say, name, bytes } = speech;
  const release = await api.get<Release>(`/releases/${id}`, signal);
  const { file, release_metadata: metadata, status } = release;
  const kept =
    file === null
      ? say('release.none')
      : say(file.available ? 'release.available' : 'release.displaced', { size: bytes(file.bytes) });
  const mine = release.user.id === login?.user.id || visit.may('releases manage');
  const jobs = link(`/jobs?release_id=${id}`, {}, say('release.jobs'));
  const main = facts([
    [say('release.name'), element('code', {}, release.name)],
    [say('list.type'), name('type', release.release_type)],
    [say('list.status'), [statusMark(speech, 'status', status), mine ? [' · ', jobs] : null]],
    [say('list.group'), release.group.name],
    [say('list.by'), release.user.login],
    [say('release.made'), timeOf(speech, release.created_at)],
    [say('release.book'), kept],
    [say('release.sha256'), file === null ? null : element('code', {}, file.sha256)],
  ]);
  const files = mine ? await filesOf(visit) : [];
  const work = mine ? await workOn(visit, release) : null;
  const told = Object.entries(metadata).map(([key, value]) => [name('meta', key), textOf(value)] as const);
  const heading = element('h2', {}, say('release.metadata'));
  const book = told.every(([, text]) => text === '') ? null : element('section', {}, heading, facts(told));
  const parts = [work, main, fileTables(visit, files), mine ? actionsOn(visit, release, files) : null, book];
  return { title: release.title, body: parts };
};

/** What is being done about it, or came of the last time; and how it goes on. */
async function workOn(visit: Visit, { id, status }: Release): Promise<Child> {
  const { api, go, signal, speech } = visit;
  const { say, name } = speech;
  const [last] = (await api.get<PageOf<JobItem>>(`/jobs?release_id=${id}&per_page=1`, signal)).items;
  if (status === 'processing' && last !== undefined) {
    return jobProgress(visit, last.id, { ended: () => go(`/releases/${id}`) });
  }
  const what = last === undefined ? '' : name('work', last.job_type);
  const ended =
    last?.status === 'failed'
      ? element('p', { class: 'fault', role: 'alert' }, say('ended.failed', { what, reason: last.reason ?? '' }))
      : last?.status === 'cancelled'
        ? element('p', { role: 'status' }, say('ended.cancelled', { what }))
        : null;
  const unpacked = status === 'draft' || status === 'failed';
  const on = unpacked ? element('p', {}, link(`/wizard/${id}`, { class: 'button' }, say('release.goOn'))) : null;
  return [ended, on];
}

/** None for a reader who is not its owner. */
async function filesOf({ api, id, signal }: Visit): Promise<Files> {
  try {
    return (await api.get<{ items: Files }>(`/releases/${id}/files`, signal)).items;
  } catch (error) {
    if (error instanceof Fault && error.status === 404) return [];
    throw error;
  }
}

function fileTables(visit: Visit, files: Files): Child {
  if (files.length === 0) return null;
  const { say, bytes } = visit.speech;
  const trouble = troubleLine();
  const columns = [
    { name: say('release.file'), cell: (file: PackedFile) => downloadButton(visit, file, trouble) },
    { name: say('release.size'), cell: (file: PackedFile) => bytes(file.bytes) },
    {
      name: say('release.crc32'),
      cell: ({ crc32 }: PackedFile) => [
        element('small', { class: 'carded' }, `${say('release.crc32')} `),
        element('code', {}, crc32),
      ],
    },
  ];
  const tables = [...Map.groupBy(files, ({ directory }) => directory)].map(([directory, inside]) =>
    tableOf(element('code', {}, `${directory}/`), columns, inside.toSorted(volumesFirst)),
  );
  return element('section', {}, element('h2', {}, say('release.files')), trouble, ...tables);
}

/** Then what tells of them. */
function volumesFirst(a: PackedFile, b: PackedFile): number {
  const last = ({ name }: PackedFile): number => Number(!name.endsWith('.zip'));
  return last(a) - last(b) || a.name.localeCompare(b.name);
}

function downloadButton({ api, speech, signal }: Visit, { name, url }: PackedFile, trouble: Element): HTMLElement {
  const label = speech.say('release.download', { name });
  const button = element('button', { class: 'plain', 'aria-label': label }, name);
  button.addEventListener('click', async () => {
    button.disabled = true;
    fill(trouble);
    try {
      download(await api.file(url.replace(/^\/api/, ''), signal), name);
    } catch (error) {
      if (!signal.aborted) fill(trouble, faultText(error, speech));
    }
    button.disabled = false;
  });
  return button;
}

/** By way of an object of the browser, since a link cannot carry the token. */
function download(content: Blob, name: string): void {
  const url = URL.createObjectURL(content);
  element('a', { href: url, download: name }).click();
  URL.revokeObjectURL(url);
}

/** What packs the book anew needs the book. */
function actionsOn({ api, speech, go, id }: Visit, { status, file }: Release, files: Files): Child {
  const { say, name } = speech;
  const open = actions.filter((one) => !wholes.has(one) || file?.available === true);
  if (status !== 'completed' || files.length === 0 || open.length === 0) return null;
  const trouble = troubleLine();
  const order = async (action: string): Promise<void> => {
    fill(trouble);
    try {
      await api.send('POST', `/releases/${id}/actions/${action}`);
      go(`/releases/${id}`);
    } catch (error) {
      fill(trouble, faultText(error, speech));
    }
  };
  const row = (action: string): HTMLElement =>
    element(
      'li',
      {},
      element(
        'button',
        {
          class: 'quiet',
          value: action,
          'aria-describedby': `what-${action}`,
          on: { click: () => void order(action) },
        },
        name('work', action),
      ),
      element('span', { id: `what-${action}` }, name('whatIs', action)),
    );
  const heading = element('h2', {}, say('release.mend'));
  return element('section', {}, heading, trouble, element('ul', { class: 'actions' }, ...open.map(row)));
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).join(', ');
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
