/** One release: what it is called, what its book says of itself, and its file. */
import type { Release } from '../answers.ts';
import { element } from '../element.ts';
import { type Draw, facts } from '../view.ts';

export const drawRelease: Draw = async ({ api, speech, id, signal }) => {
  const { say, name, moment, bytes } = speech;
  const release = await api.get<Release>(`/releases/${id}`, signal);
  const { file, release_metadata: metadata } = release;
  const kept =
    file === null
      ? say('release.none')
      : say(file.available ? 'release.available' : 'release.displaced', { size: bytes(file.bytes) });
  const main = facts([
    [say('release.name'), element('code', {}, release.name)],
    [say('list.type'), name('type', release.release_type)],
    [say('list.status'), element('span', { class: `status ${release.status}` }, name('status', release.status))],
    [say('list.group'), release.group.name],
    [say('list.by'), release.user.login],
    [say('release.made'), element('time', { datetime: release.created_at }, moment(release.created_at))],
    [say('release.book'), kept],
    [say('release.sha256'), file === null ? null : element('code', {}, file.sha256)],
  ]);
  const told = Object.entries(metadata).map(([key, value]) => [name('meta', key), textOf(value)] as const);
  const book =
    told.length === 0 ? null : element('section', {}, element('h2', {}, say('release.metadata')), facts(told));
  return { title: release.title, body: [main, book] };
};

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).join(', ');
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
