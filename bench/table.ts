/** The rows as text: one line for each peer, columns aligned, for a terminal and for pasting. Pure. */
import type { Goal, Sample } from './bench.ts';
import type { Met, PeerRow, Row } from './rows.ts';
import { median } from './statistics.ts';

const metWords: Readonly<Record<Met, string>> = { yes: 'yes', no: 'NO', unclear: 'unclear' };

/** what · ours · peer · ratio with its spread · goal · met */
export function comparisonTable(rows: readonly Row[]): string {
  const confidences = rows.flatMap((row) => row.peers.flatMap((peer) => peer.oursToPeer?.confidence ?? []));
  const spread = confidences.length === 0 ? '' : ` (${Math.floor(Math.min(...confidences) * 100)} %)`;
  const lines = [['what', 'ours', 'peer', '', `ours : peer${spread}`, 'goal', 'met']];
  for (const row of rows) {
    const peers: (PeerRow | null)[] = row.peers.length === 0 ? [null] : [...row.peers];
    peers.forEach((peer, index) => {
      const first = index === 0;
      // A line has room for one: a measure has a goal of its own or goals beside peers, not both.
      const goal = peer?.goal ?? (first ? row.goal : null);
      const met = peer?.goal === undefined ? (first ? row.met : null) : peer.met;
      lines.push([
        first ? `${row.title}, ${row.case}` : '',
        first ? (row.ours === null ? '–' : number(row.ours.median)) : '',
        peer?.name ?? '',
        peer === null ? '' : number(peer.value.median),
        peer === null ? '' : comparison(peer, row.compare),
        goalText(row, goal),
        met == null ? '' : metWords[met],
      ]);
    });
  }
  return aligned(lines, [1, 3]);
}

/** Which processes were busy: the median of the cores that each used. A figure near 1.00 was the limit. */
export function coresTable(samples: readonly Sample[]): string {
  const groups = Map.groupBy(
    samples.filter((sample) => sample.failed === null),
    (sample) => `${sample.case}\n${sample.contestant}`,
  );
  const lines = [['processor cores used', '', 'by']];
  for (const [key, group] of groups) {
    const [caseName = '', contestant = ''] = key.split('\n');
    const names = [...new Set(group.flatMap((sample) => Object.keys(sample.cores)))];
    const used = names.map(
      (name) => `${name} ${median(group.flatMap((sample) => sample.cores[name] ?? [])).toFixed(2)}`,
    );
    lines.push([caseName, contestant, used.join(' · ')]);
  }
  return aligned(lines, []);
}

/** 3 significant digits or whole thousands with thin spaces: `141 000`, `18.7`, `0.84`. */
export function number(value: number): string {
  const size = Math.abs(value);
  if (size >= 10_000) return grouped(Math.round(value / 100) * 100);
  if (size >= 100) return grouped(Math.round(value));
  return value.toFixed(size >= 10 ? 1 : 2);
}

function grouped(value: number): string {
  return String(value).replaceAll(/\B(?=(\d{3})+$)/g, ' ');
}

function comparison(peer: PeerRow, compare: Row['compare']): string {
  const between = peer.oursToPeer;
  if (between === null) return '–';
  const show = compare === 'ratio' ? (value: number) => value.toFixed(2) : signed;
  return `${show(between.median)} (${show(between.low)}…${show(between.high)})`;
}

function signed(value: number): string {
  return value < 0 ? `−${number(-value)}` : `+${number(value)}`;
}

function goalText({ better }: Row, goal: Goal | null): string {
  if (goal === null) return '';
  const sign = better === 'more' ? '≥' : '≤';
  const aim = goal.aim === undefined ? '' : ` (aim ${sign} ${number(goal.aim)})`;
  return `${sign} ${number(goal.limit)}${goal.peer === undefined ? '' : ' ×'}${aim}`;
}

/** Columns padded to their widest cell; those in `right` flush right. */
export function aligned(lines: readonly (readonly string[])[], right: readonly number[]): string {
  const widths = (lines[0] ?? []).map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)));
  return lines
    .map((line) =>
      line
        .map((cell, column) =>
          right.includes(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
