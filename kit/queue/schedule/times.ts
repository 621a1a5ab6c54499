/** When a recurring job is due: a cron pattern in a time zone, or every so many milliseconds. Pure. */
import { Cron } from 'croner';
import { kitError } from '../../errors.ts';

export type Recurrence =
  | {
      /** Five fields, or six with seconds first: `0 3 * * *`. */
      readonly cron: string;
      /** An IANA name. Default `UTC`: the same on every machine. */
      readonly timezone?: string;
    }
  | {
      /** From midnight of 1970 on, so that all replicas mean the same moments. 1 s to 366 days. */
      readonly everyMs: number;
    };

/** What is stored and compared: another text is another recurrence. Throws PALIER_QUEUE_OPTION for one that is none. */
export function patternOf(recurrence: Recurrence): string {
  if ('everyMs' in recurrence) {
    const { everyMs } = recurrence;
    if (Number.isSafeInteger(everyMs) && everyMs >= 1000 && everyMs <= 366 * 86_400_000) return `every ${everyMs} ms`;
    throw wrong(everyMs, 'everyMs from 1000 to a year');
  }
  const { cron, timezone = 'UTC' } = recurrence;
  const pattern = `${cron} ${timezone}`;
  if (pattern.length > mostLetters) throw wrong(pattern, `at most ${mostLetters} characters`);
  nextAfter(recurrence, 0);
  return pattern;
}

/** What `patternOf` has told. */
export function recurrenceIn(pattern: string): Recurrence {
  const every = /^every (\d+) ms$/.exec(pattern);
  if (every !== null) return { everyMs: Number(every[1]) };
  const end = pattern.lastIndexOf(' ');
  return { cron: pattern.slice(0, end), timezone: pattern.slice(end + 1) };
}

/** The first moment after `afterMs`; undefined when there is none any more. Throws PALIER_QUEUE_OPTION. */
export function nextAfter(recurrence: Recurrence, afterMs: number): number | undefined {
  if ('everyMs' in recurrence) return (Math.floor(afterMs / recurrence.everyMs) + 1) * recurrence.everyMs;
  const { cron, timezone = 'UTC' } = recurrence;
  try {
    return new Cron(cron, { timezone, paused: true }).nextRun(new Date(afterMs))?.getTime();
  } catch (error) {
    throw wrong(`${cron} ${timezone}`, `a cron pattern and a time zone (${(error as Error).message})`);
  }
}

const mostLetters = 300;

function wrong(value: string | number, expected: string): Error {
  return kitError('PALIER_QUEUE_OPTION', { option: 'schedules', value, expected });
}
