/** From what the processes told to the rows of the table, each with what it came to. Pure. */
import type { Met } from '../../rows.ts';
import type { Left } from '../aftermath.ts';
import type { Act, Answer, Told } from '../load/answers.ts';
import type { Fault } from '../faults.ts';
import { type Bounds, type Ending, endingsOf, firstOf, judge, type Judged, latenessOf } from './judge.ts';
import type { Role } from '../load/role.ts';
import { callDeadlineMs, freshMs, validationDeadlineMs } from '../service.ts';

/** One fault, as it was played. */
export interface Bout {
  readonly fault: Pick<Fault, 'engine' | 'durable' | 'losesNothing' | 'writeGap' | 'validationGoesOn'>;
  readonly fromMs: number;
  readonly toMs: number;
  readonly downAfterMs: number;
}

export interface Row extends Judged {
  readonly who: string;
  /** Null: nothing was made that could have been. */
  readonly lost: number | null;
  readonly back: number | null;
  readonly gapGoalMs: number | null;
  /** Null: a peer, which promised us nothing. */
  readonly met: Met | null;
}

interface Stream {
  readonly who: string;
  readonly answers: readonly Answer[];
  readonly endings: ReadonlyMap<number, Ending>;
  readonly deadlineMs: number | null;
  readonly lateMs: number;
  readonly believedForMs: number;
  readonly left: Left | undefined;
  readonly gapGoalMs: number | null;
  readonly isPeer?: true;
}

export function rowsOf(
  bout: Bout,
  told: ReadonlyMap<Role, Told>,
  left: ReadonlyMap<Role, Left>,
  expiries: readonly Ending[],
): readonly Row[] {
  return streamsOf(bout, told, left, expiries).map((stream) => rowOf(bout, stream));
}

function rowOf(bout: Bout, { who, answers, endings, left, gapGoalMs, ...stream }: Stream): Row {
  const { deadlineMs, lateMs, believedForMs } = stream;
  const bounds: Bounds = { ...bout, deadlineMs, lateMs, believedForMs };
  const judged = { who, ...judge(answers, endings, bounds), lost: left?.lost ?? null, back: left?.back ?? null };
  const met = stream.isPeer ? null : metOf({ ...judged, gapGoalMs }, bout.fault);
  return { ...judged, gapGoalMs, met };
}

/** What is lost where nothing promises to keep it is told, and makes it unclear; what never may be makes it a no. */
export function metOf(
  row: Omit<Row, 'met'>,
  { durable, engine, losesNothing }: Pick<Fault, 'durable' | 'engine' | 'losesNothing'>,
): Met {
  const never = row.failed + row.pending + row.beyondDeadline;
  if (never > 0 || !row.goesOn) return 'no';
  const kept = (row.lost ?? 0) + (row.back ?? 0) + row.refusedWrongly + row.acceptedAfterEnd;
  if (kept > 0) return durable > 0 || engine === 'server' || losesNothing ? 'no' : 'unclear';
  if (row.gapGoalMs === null || row.gapMs <= row.gapGoalMs) return 'yes';
  return row.gapMs - row.lateMs <= row.gapGoalMs ? 'unclear' : 'no';
}

function streamsOf(
  { fault, downAfterMs }: Bout,
  told: ReadonlyMap<Role, Told>,
  left: ReadonlyMap<Role, Left>,
  expiries: readonly Ending[],
): readonly Stream[] {
  const all = [...told].flatMap(([role, { answers }]) => (role.kind === 'tokens' ? answers : []));
  const revoked = endingsOf(all);
  const over = new Map(expiries.map((expiry, subject) => [subject, firstOf(revoked.get(subject), expiry)]));
  const { writeGap } = fault;
  const writeGoalMs =
    writeGap === null ? null : writeGap.beyondDownAfterMs + (writeGap.countsDownAfter ? downAfterMs : 0);
  const call = { deadlineMs: callDeadlineMs, believedForMs: 0, left: undefined, gapGoalMs: null };
  const streams = [...told].flatMap(([role, { answers }]): readonly Stream[] => {
    const lateMs = latenessOf(answers);
    if (role.kind === 'sessions') {
      const ended = endingsOf(answers);
      return [
        {
          ...call,
          lateMs,
          who: 'log-ins',
          answers: only(answers, 'make'),
          endings: ended,
          left: left.get(role),
          gapGoalMs: writeGoalMs,
        },
        { ...call, lateMs, who: 'requests', answers: only(answers, 'read'), endings: ended },
        { ...call, lateMs, who: 'log-outs', answers: only(answers, 'end'), endings: new Map() },
      ];
    }
    if (role.kind === 'tokens') {
      const validations = {
        answers: only(answers, 'validate'),
        endings: over,
        deadlineMs: validationDeadlineMs,
        lateMs,
      };
      const believedForMs = Math.max(freshMs, role.staleMs);
      const gapGoalMs = fault.validationGoesOn && role.staleMs > 0 ? 1000 : null;
      const who = `validations, ${role.name}`;
      return [{ ...validations, who, believedForMs, left: left.get(role), gapGoalMs }];
    }
    const peer = { who: `${role.name}, writes`, answers, endings: new Map(), left: left.get(role) };
    return [{ ...call, ...peer, deadlineMs: null, lateMs, isPeer: true }];
  });
  const revocations = {
    ...call,
    lateMs: latenessOf(all),
    who: 'revocations',
    answers: only(all, 'revoke'),
    endings: new Map(),
  };
  const peersFrom = streams.findIndex(({ isPeer }) => isPeer);
  return streams.toSpliced(peersFrom < 0 ? streams.length : peersFrom, 0, revocations);
}

function only(answers: readonly Answer[], wanted: Act): readonly Answer[] {
  return answers.filter(({ act }) => act === wanted);
}
