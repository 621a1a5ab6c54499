/** One release: what it is called, how far its packing is, its files to download, and what its book says of itself. */
import type { Job, PackedFile, PageOf, Release } from '../answers.ts';
import { Fault } from '../api.ts';
import { type Child, element, fill } from '../element.ts';
import { type Draw, facts, faultText, link, type Visit } from '../view.ts';
import { packingProgress } from './packing.ts';

export const drawRelease: Draw = async (visit) => {
  const { api, speech, id, signal, login } = visit;
  const { say, name, moment, bytes } = speech;
  const release = await api.get<Release>(`/releases/${id}`, signal);
  const { file, release_metadata: metadata, status } = release;
  const kept =
    file === null
      ? say('release.none')
      : say(file.available ? 'release.available' : 'release.displaced', { size: bytes(file.bytes) });
  const main = facts([
    [say('release.name'), element('code', {}, release.name)],
    [say('list.type'), name('type', release.release_type)],
    [say('list.status'), element('span', { class: `status ${status}` }, name('status', status))],
    [say('list.group'), release.group.name],
    [say('list.by'), release.user.login],
    [say('release.made'), element('time', { datetime: release.created_at }, moment(release.created_at))],
    [say('release.book'), kept],
    [say('release.sha256'), file === null ? null : element('code', {}, file.sha256)],
  ]);
  const mine = release.user.id === login?.user.id;
  const work = mine ? await workOn(visit, release) : null;
  const told = Object.entries(metadata).map(([key, value]) => [name('meta', key), textOf(value)] as const);
  const heading = element('h2', {}, say('release.metadata'));
  const book = told.every(([, text]) => text === '') ? null : element('section', {}, heading, facts(told));
  return { title: release.title, body: [work, main, await filesOf(visit), book] };
};

/** What its owner can do about it now. */
async function workOn(visit: Visit, { id, status }: Release): Promise<Child> {
  const { api, go, signal, speech } = visit;
  const { say } = speech;
  if (status === 'processing') return packingProgress(visit, id, () => go(`/releases/${id}`));
  if (status === 'completed') return null;
  const [last] = (await api.get<PageOf<Job>>(`/jobs?release_id=${id}&per_page=1`, signal)).items;
  const ended =
    last?.status === 'failed'
      ? element('p', { class: 'fault', role: 'alert' }, say('job.failed', { reason: last.reason ?? '' }))
      : last?.status === 'cancelled'
        ? element('p', { role: 'status' }, say('job.cancelled'))
        : null;
  return [ended, element('p', {}, link(`/wizard/${id}`, { class: 'button' }, say('release.goOn')))];
}

/** Nothing where there are none, or none for this reader. */
async function filesOf({ api, speech, id, signal }: Visit): Promise<Child> {
  const { say, bytes } = speech;
  const { items } = await api.get<{ items: readonly PackedFile[] }>(`/releases/${id}/files`, signal).catch((error) => {
    if (error instanceof Fault && error.status === 404) return { items: [] };
    throw error;
  });
  if (items.length === 0) return null;
  const trouble = element('p', { class: 'fault', role: 'alert' });
  const row = (file: PackedFile): HTMLElement => {
    const button = element(
      'button',
      { class: 'quiet', 'aria-label': say('release.download', { name: file.name }) },
      file.name,
    );
    button.addEventListener('click', async () => {
      button.disabled = true;
      fill(trouble);
      try {
        download(await api.file(file.url.replace(/^\/api/, ''), signal), file.name);
      } catch (error) {
        if (!signal.aborted) fill(trouble, faultText(error, speech));
      }
      button.disabled = false;
    });
    const sum = element('code', {}, file.crc32);
    const cells = [bytes(file.bytes), [element('small', { class: 'carded' }, `${say('release.crc32')} `), sum]];
    return element('tr', {}, element('th', { scope: 'row' }, button), ...cells.map((cell) => element('td', {}, cell)));
  };
  const columns = [say('release.file'), say('release.size'), say('release.crc32')];
  const head = element('tr', {}, ...columns.map((column) => element('th', { scope: 'col' }, column)));
  const groups = Map.groupBy(items, ({ directory }) => directory);
  const tables = [...groups].map(([directory, files]) =>
    element(
      'table',
      {},
      element('caption', {}, element('code', {}, `${directory}/`)),
      element('thead', {}, head.cloneNode(true)),
      element('tbody', {}, ...files.toSorted(volumesFirst).map(row)),
    ),
  );
  return element('section', {}, element('h2', {}, say('release.files')), trouble, ...tables);
}

/** Then what tells of them. */
function volumesFirst(a: PackedFile, b: PackedFile): number {
  const last = ({ name }: PackedFile): number => Number(!name.endsWith('.zip'));
  return last(a) - last(b) || a.name.localeCompare(b.name);
}

/** By way of an object of the browser, since a link cannot carry the token. */
function download(content: Blob, name: string): void {
  const url = URL.createObjectURL(content);
  element('a', { href: url, download: name }).click();
  URL.revokeObjectURL(url);
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).join(', ');
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
