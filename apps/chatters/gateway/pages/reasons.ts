/** Why an account is worth a look, and how far a capture is, in words. Pure. */
import type { Reason } from '../../analysis/find/analyse.ts';
import type { CaptureRow } from '../../database/tables.ts';

export interface Progress {
  readonly text: string;
  /** 0 to 1; null: nothing can be said. */
  readonly share: number | null;
}

export function inWords(reason: Reason): string {
  switch (reason.kind) {
    case 'opened-together': {
      const { count, expected, fromMs, toMs } = reason;
      return `opened with ${count - 1} others from ${minuteOf(fromMs)} to ${minuteOf(toMs)}, when ${expected.toFixed(1)} are usual`;
    }
    case 'name-series':
      return `one of ${reason.count} names that begin with “${reason.stem}”`;
    case 'renamed':
      return `changed the name ${reason.times} times`;
  }
}

export function progressOf(
  capture: Pick<CaptureRow, 'state' | 'expected' | 'chatters' | 'enriched' | 'new_accounts' | 'reason'>,
): Progress {
  const { state, expected, chatters, enriched, new_accounts: fresh } = capture;
  switch (state) {
    case 'waiting':
      return { text: 'waiting', share: null };
    case 'reading':
      return { text: `${chatters} of about ${expected} chatters read`, share: part(chatters, expected) };
    case 'enriching':
      return { text: `${enriched} of ${chatters} accounts asked for`, share: part(enriched, chatters) };
    case 'done':
      return { text: `${chatters} chatters, ${fresh} of them new`, share: null };
    case 'failed':
      return { text: `failed: ${capture.reason ?? ''}`, share: null };
  }
}

/** `2024-05-14 02:10`, UTC. */
export function minuteOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 16).replace('T', ' ');
}

/** `02:10`, UTC: where the day is told beside it. */
export function hourOf(atMs: number): string {
  return minuteOf(atMs).slice(11);
}

function part(some: number, all: number): number | null {
  return all <= 0 ? null : Math.min(1, some / all);
}
