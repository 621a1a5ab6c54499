/**
 * The live picture as lines of text: where the run is, curves of what users see, and the replicas. Pure: a picture, a width, a paint.
 */
import { formatBytes } from '@palier/base/bytes';
import type { ReplicaSample, Service } from '@palier/protocol';
import type { Picture } from './state.ts';
import { bar, clockTime, curve, latency, phaseTitle, whole } from './text.ts';

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';
/** Adds colour, or nothing where there is none. */
export type Paint = (style: Style, text: string) => string;

const labelWidth = 12;
const valueWidth = 9;

/** At most about 20 lines, none wider than `width` (at least 60). */
export function renderPicture(picture: Picture, width: number, paint: Paint): string[] {
  const wide = Math.max(60, Math.min(width, 120));
  if (picture.step === 'starting')
    return [`${title(picture, paint)}  ${paint('dim', picture.note)}`, ...eventLines(picture, wide, paint)];
  return [
    ...header(picture, wide, paint),
    '',
    ...curves(picture, wide, paint),
    '',
    ...replicaLines(picture, paint),
    ...eventLines(picture, wide, paint),
  ];
}

function title(picture: Picture, paint: Paint): string {
  const scenario =
    picture.scenario === '' ? '' : ` · ${picture.scenario}${picture.place === '' ? '' : ` (${picture.place})`}`;
  return paint('bold', `palier · ${picture.system}${scenario}`);
}

function header(picture: Picture, width: number, paint: Paint): string[] {
  const totalMs = picture.phases.at(-1)?.endMs ?? 0;
  const leftMs = Math.max(0, totalMs - picture.atMs);
  const share = totalMs === 0 ? 0 : Math.min(1, picture.atMs / totalMs);
  const clock =
    picture.step === 'finishing'
      ? picture.note
      : `${clockTime(picture.atMs)} of ${clockTime(totalMs)} · ${clockTime(leftMs)} left`;
  const stages = picture.phases
    .map((phase) => {
      const isNow = picture.atMs >= phase.startMs && picture.atMs < phase.endMs;
      return paint(isNow ? 'bold' : 'dim', phaseTitle(phase));
    })
    .join(paint('dim', ' ▸ '));
  const scaled = picture.timeScale === 1 ? '' : paint('yellow', `  holds × ${picture.timeScale}`);
  return [
    `${title(picture, paint)}   ${paint('dim', clock)}`,
    `${stages}${scaled}`,
    `${paint('cyan', bar(share, width - 6))} ${String(Math.floor(share * 100)).padStart(3)} %`,
  ];
}

function curves(picture: Picture, width: number, paint: Paint): string[] {
  const last = picture.curve.at(-1);
  const room = width - labelWidth - valueWidth - 3;
  const line = (label: string, value: string, values: readonly number[], style: Style): string =>
    `${paint('dim', label.padEnd(labelWidth))}${value.padStart(valueWidth)}   ${paint(style, curve(values, room))}`;
  const errorShare = picture.requests === 0 ? 0 : (100 * picture.errors) / picture.requests;
  const errorText = `${whole(picture.errors)} of ${whole(picture.requests)} requests (${errorShare.toFixed(errorShare < 0.1 ? 3 : 2)} %)`;
  return [
    line(
      'users',
      whole(last?.users ?? 0),
      picture.curve.map((point) => point.users),
      'cyan',
    ),
    line(
      'requests/s',
      whole(last?.requests ?? 0),
      picture.curve.map((point) => point.requests),
      'cyan',
    ),
    line(
      'p95',
      last?.p95Ms == null ? '–' : latency(last.p95Ms),
      picture.curve.map((point) => point.p95Ms ?? 0),
      'cyan',
    ),
    `${paint('dim', 'errors'.padEnd(labelWidth))}${whole(picture.errors).padStart(valueWidth)}   ${
      picture.errors === 0 ? paint('dim', errorText) : paint('red', `${errorText}, last: ${picture.lastErrorClass}`)
    }`,
  ];
}

function replicaLines(picture: Picture, paint: Paint): string[] {
  if (picture.replicas.length === 0) return [];
  const shown = picture.replicas.slice(0, 12);
  const name = Math.max(7, ...shown.map((replica) => replica.replica.length));
  const lines = [
    paint('dim', `${'replica'.padEnd(name)}  state      CPU                 memory              requests/s`),
  ];
  for (const replica of shown) {
    const service = picture.services.find((one) => one.name === replica.service);
    const state = replica.state.padEnd(9);
    const stateText = replica.state === 'healthy' ? paint('green', state) : paint('yellow', state);
    const requests = replica.http === null ? '' : whole(replica.http.requests).padStart(10);
    lines.push(
      `${replica.replica.padEnd(name)}  ${stateText}  ${cpuText(replica, service)}  ${memoryText(replica, service)}  ${requests}`,
    );
  }
  if (picture.replicas.length > shown.length)
    lines.push(paint('dim', `… and ${picture.replicas.length - shown.length} more`));
  return lines;
}

function cpuText(replica: ReplicaSample, service: Service | undefined): string {
  const allotted = service?.allotment.cpuCores ?? null;
  if (replica.cpuCores === null) return '–'.padEnd(18);
  if (allotted === null) return `${replica.cpuCores.toFixed(2)} cores`.padEnd(18);
  return share(replica.cpuCores / allotted);
}

function memoryText(replica: ReplicaSample, service: Service | undefined): string {
  const allotted = service?.allotment.memoryBytes ?? null;
  if (replica.rssBytes === null) return '–'.padEnd(18);
  return allotted === null ? formatBytes(replica.rssBytes).padEnd(18) : share(replica.rssBytes / allotted);
}

function share(value: number): string {
  return `${bar(value, 12)} ${`${Math.round(value * 100)} %`.padStart(5)}`;
}

function eventLines(picture: Picture, width: number, paint: Paint): string[] {
  const worth = picture.events.filter((event) => event.kind !== 'replica-starting' && event.kind !== 'replica-healthy');
  const now = picture.step === 'starting' ? picture.events : worth;
  return now.map((event) => {
    const text = `${event.replica === '' ? event.service : event.replica}: ${event.message}`;
    return paint(
      event.kind === 'replica-crashed' ? 'red' : 'dim',
      text.length > width ? `${text.slice(0, width - 1)}…` : text,
    );
  });
}
