/**
 * The live picture as lines of text: where the run is, curves of what users see, and the replicas. Pure: a picture, a width, a paint.
 */
import { formatBytes } from '@palier/base/bytes';
import type { Arrivals, ReplicaSample, Service } from '@palier/protocol';
import { modelWords } from '../model-words.ts';
import { curveSeconds, levelInLastSecond, type Picture } from './state.ts';
import { bar, clockTime, curve, latency, phaseTitle, whole } from './text.ts';

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';
/** Adds colour, or nothing where there is none. */
export type Paint = (style: Style, text: string) => string;

/** A piece of a line and how it looks. */
type Segment = readonly [style: Style | null, text: string];
type Line = readonly Segment[];

const labelWidth = 12;
const valueWidth = 9;
/** `1,180 of 1,200`. */
const openValueWidth = 14;
/** Behind a curve: its highest value. */
const peakWidth = 12;
const replicasShown = 12;

/** At most about 24 lines, none wider than `width` (which counts as at least 60). */
export function renderPicture(picture: Picture, width: number, paint: Paint): string[] {
  const wide = Math.max(60, Math.min(width, 120));
  const idle: Line = [title(picture), ['dim', `   ${picture.note}`]];
  const load = picture.phases.length === 0 ? [idle] : [...header(picture, wide), [], ...curves(picture, wide)];
  const lines = [...load, [], ...replicaLines(picture, wide), ...eventLines(picture)];
  return lines.map((line) => paintLine(line, wide, paint));
}

function paintLine(line: Line, width: number, paint: Paint): string {
  let room = width;
  let painted = '';
  for (const [style, text] of line) {
    const cut = text.length > room ? `${text.slice(0, Math.max(0, room - 1))}${room > 0 ? '…' : ''}` : text;
    room -= cut.length;
    painted += style === null || cut === '' ? cut : paint(style, cut);
  }
  return painted;
}

function title(picture: Picture): Segment {
  const place = picture.place === '' ? '' : ` (${picture.place})`;
  return [
    'bold',
    `palier · ${picture.system}${picture.scenario === null ? '' : ` · ${picture.scenario.name}${place}`}`,
  ];
}

function header(picture: Picture, width: number): Line[] {
  const totalMs = picture.phases.at(-1)?.endMs ?? 0;
  const leftMs = Math.max(0, totalMs - picture.atMs);
  const share = totalMs === 0 ? 0 : Math.min(1, picture.atMs / totalMs);
  const clock = `${clockTime(picture.atMs)} of ${clockTime(totalMs)} · ${clockTime(leftMs)} left`;
  const stages = picture.phases.flatMap((phase, index): Segment[] => {
    const isNow = picture.atMs >= phase.startMs && picture.atMs < phase.endMs;
    return [
      ['dim', index === 0 ? '' : ' ▸ '],
      [isNow ? 'bold' : 'dim', phaseTitle(phase)],
    ];
  });
  const scaled: Segment = ['yellow', picture.timeScale === 1 ? '' : `   holds × ${picture.timeScale}`];
  return [
    [title(picture), ['dim', `   ${picture.step === 'finishing' ? picture.note : clock}`], scaled],
    [['dim', picture.scenario === null ? '' : modelWords(picture.scenario)]],
    stages,
    [
      ['cyan', bar(share, width - 6)],
      [null, `${Math.floor(share * 100)} %`.padStart(6)],
    ],
  ];
}

function curves(picture: Picture, width: number): Line[] {
  const arrivals = picture.scenario?.arrivals ?? null;
  const value = arrivals === null ? valueWidth : openValueWidth;
  const room = width - labelWidth - value - peakWidth - 3;
  // The curves grow with the bar above them, as far as the kept seconds reach.
  const totalSeconds = (picture.phases.at(-1)?.endMs ?? 0) / 1000;
  const drawn = Math.max(
    1,
    Math.round(room * Math.min(1, picture.curve.length / Math.min(totalSeconds, curveSeconds))),
  );
  const line: DrawLine = (label, show, values, of = '') => {
    const seen = values.map((one) => one ?? 0);
    const last = values.at(-1);
    return [
      ['dim', label.padEnd(labelWidth)],
      [null, `${`${last == null ? '–' : show(last)}${of}`.padStart(value)}   `],
      ['cyan', curve(seen, drawn)],
      ['dim', seen.length === 0 ? '' : `  ↑ ${show(Math.max(...seen))}`],
    ];
  };
  return [
    ...levelLines(picture, arrivals, line),
    line(
      'requests/s',
      whole,
      picture.curve.map((point) => point.requests),
    ),
    line(
      'p95',
      latency,
      picture.curve.map((point) => point.p95Ms),
    ),
    ...(arrivals === null
      ? []
      : [
          countLine('refused', picture.refused, value, [
            `of ${whole(picture.arrivals)} arrivals (${share(picture.refused, picture.arrivals)})`,
            `all ${whole(arrivals.maxConcurrent)} were in use`,
          ]),
        ]),
    countLine('errors', picture.errors, value, [
      `of ${whole(picture.requests)} requests (${share(picture.errors, picture.requests)})`,
      `last: ${picture.lastErrorClass}`,
    ]),
  ];
}

type DrawLine = (
  label: string,
  show: (value: number) => string,
  values: readonly (number | null)[],
  /** Behind the last value. */
  of?: string,
) => Line;

/** Users; in an open model what began of the arrivals that were due, and how many were in use for it. */
function levelLines({ curve: points, phases, atMs }: Picture, arrivals: Arrivals | null, line: DrawLine): Line[] {
  const users = points.map((point) => point.users);
  if (arrivals === null) return [line('users', whole, users)];
  const began = points.map((point) => point.began);
  return [
    line('arrivals/s', whole, began, ` of ${whole(levelInLastSecond(phases, atMs))}`),
    line('in use', whole, users, ` of ${whole(arrivals.maxConcurrent)}`),
  ];
}

/** Red as soon as there is one; what is said last is said only then. */
function countLine(label: string, count: number, width: number, [of, why]: readonly [string, string]): Line {
  return [
    ['dim', label.padEnd(labelWidth)],
    [count === 0 ? null : 'red', `${whole(count).padStart(width)}   `],
    ['dim', count === 0 ? of : `${of}, ${why}`],
  ];
}

function share(count: number, all: number): string {
  const percent = all === 0 ? 0 : (100 * count) / all;
  return `${percent === 0 ? 0 : percent.toFixed(percent < 0.1 ? 3 : 2)} %`;
}

function replicaLines(picture: Picture, width: number): Line[] {
  if (picture.replicas.length === 0) return [];
  const shown = picture.replicas.slice(0, replicasShown);
  const name = Math.max(7, ...shown.map((replica) => replica.replica.length));
  // Name, state, two shares, requests a second, and two spaces between them.
  const barWidth = Math.max(4, Math.min(16, Math.floor((width - name - 9 - 10 - 2 * 7 - 8) / 2)));
  const column = barWidth + 7;
  const heading = `${'replica'.padEnd(name)}  ${'state'.padEnd(9)}  ${'CPU'.padEnd(column)}  ${'memory'.padEnd(column)}  requests/s`;
  const lines: Line[] = [[['dim', heading]]];
  for (const replica of shown) {
    const allotment = picture.services.find((one: Service) => one.name === replica.service)?.allotment;
    const cpu = usage(replica.cpuCores, allotment?.cpuCores ?? null, barWidth, (cores) => `${cores.toFixed(2)} cores`);
    const memory = usage(replica.rssBytes, allotment?.memoryBytes ?? null, barWidth, formatBytes);
    lines.push([
      [null, `${replica.replica.padEnd(name)}  `],
      [replica.state === 'healthy' ? 'green' : 'yellow', replica.state.padEnd(9)],
      [null, `  ${cpu.padEnd(column)}  ${memory.padEnd(column)}  ${requestsOf(replica).padStart(10)}`],
    ]);
  }
  const hidden = picture.replicas.length - shown.length;
  if (hidden > 0) lines.push([['dim', `… and ${hidden} more`]]);
  return lines;
}

function usage(
  value: number | null,
  allotted: number | null,
  barWidth: number,
  show: (value: number) => string,
): string {
  if (value === null) return '–';
  if (allotted === null) return show(value);
  return `${bar(value / allotted, barWidth)} ${`${Math.round((100 * value) / allotted)} %`.padStart(6)}`;
}

function requestsOf(replica: ReplicaSample): string {
  return replica.http === null ? '' : whole(replica.http.requests);
}

function eventLines(picture: Picture): Line[] {
  const worth = picture.events.filter(
    (event) => picture.step === 'starting' || (event.kind !== 'replica-starting' && event.kind !== 'replica-healthy'),
  );
  return worth.map((event) => [[event.kind === 'replica-crashed' ? 'red' : 'dim', event.message]]);
}
