/** What became of the jobs, from what the workers wrote down and what the database holds when all is over. Pure. */
import type { KindName } from './jobs.ts';

export interface Story {
  readonly jobs: readonly { readonly id: number; readonly n: number; readonly kind: KindName }[];
  /** Still among those that are to be done. */
  readonly live: ReadonlySet<number>;
  readonly ended: readonly { readonly id: number; readonly result: string | null; readonly reason: string | null }[];
  /** Of the attempts, in any order. */
  readonly notes: readonly Note[];
  /** Of each refusal that a worker was told, the job. */
  readonly refusals: readonly number[];
  readonly effects: readonly { readonly n: number; readonly token: string }[];
  readonly outputs: readonly { readonly n: number; readonly page: number; readonly token: string }[];
  readonly pages: number;
}

export interface Note {
  /** `met`: what an earlier attempt came to was refused while this one was under way. */
  readonly what: 'begun' | 'ended' | 'met';
  readonly n: number;
  readonly token: string;
  /** As the database counts them: who was frozen before it began is not the last one for beginning late. */
  readonly attempt: number;
  readonly atMs: number;
}

export interface Counts {
  readonly jobs: number;
  readonly done: number;
  /** Neither done nor dead: still there, or nowhere. */
  readonly lost: number;
  readonly dead: number;
  /** A result was taken of an attempt after which the job had been given to another one. */
  readonly fencedAccepted: number;
  /** Of jobs that write one row with their end: none, or several, or another attempt's. */
  readonly effectsWrong: number;
  /** Of jobs that go on from what they saved: a page that is missing, or there twice, or written by an attempt after a later one. */
  readonly outputsWrong: number;
  /** Begun more than once: without such jobs nothing was tried. */
  readonly begunAgain: number;
  /** Late results that were refused; most of them of jobs that others had ended meanwhile. Without some nothing was tried. */
  readonly refused: number;
  /** Jobs of which one was refused while another worker was at them, where nothing but its number refuses it. Without some nothing was tried. */
  readonly refusedBeside: number;
}

export function judge({ jobs, live, ended, notes, refusals, effects, outputs, pages }: Story): Counts {
  const endings = new Map(ended.map((one) => [one.id, one]));
  const inOrder = notes.toSorted((a, b) => a.attempt - b.attempt || a.atMs - b.atMs);
  const begun = Map.groupBy(
    inOrder.filter(({ what }) => what === 'begun'),
    ({ n }) => n,
  );
  const finished = new Set(inOrder.flatMap(({ what, token }) => (what === 'ended' ? [token] : [])));
  const effectsOf = Map.groupBy(effects, ({ n }) => n);
  const outputsOf = Map.groupBy(outputs, ({ n }) => n);
  const counts = { done: 0, lost: 0, dead: 0, fencedAccepted: 0, effectsWrong: 0, outputsWrong: 0, begunAgain: 0 };
  for (const { id, n, kind } of jobs) {
    const attempts = (begun.get(n) ?? []).map(({ token }) => token);
    const last = attempts.at(-1);
    const ending = endings.get(id);
    if (attempts.length > 1) counts.begunAgain++;
    if (ending !== undefined && ending.reason !== null) {
      counts.dead++;
      continue;
    }
    const written = effectsOf.get(n) ?? [];
    // Where nothing is kept of a job, that it is gone must have had a reason.
    const wasDone = {
      kept: ending !== undefined,
      paged: ending !== undefined,
      effect: written.length > 0,
      gone: last !== undefined && finished.has(last),
    }[kind];
    if (live.has(id) || !wasDone) {
      counts.lost++;
      continue;
    }
    counts.done++;
    const by = kind === 'effect' ? written.at(-1)?.token : tokenOf(ending?.result);
    if (kind !== 'gone' && by !== last) counts.fencedAccepted++;
    if (kind === 'effect' && written.length !== 1) counts.effectsWrong++;
    if (kind === 'paged' && !isExact(outputsOf.get(n) ?? [], pages, attempts)) counts.outputsWrong++;
  }
  const met = new Set(notes.flatMap(({ what, n }) => (what === 'met' ? [n] : [])));
  return { jobs: jobs.length, ...counts, refused: refusals.length, refusedBeside: met.size };
}

function isExact(
  rows: readonly { page: number; token: string }[],
  pages: number,
  attempts: readonly string[],
): boolean {
  const sorted = rows.toSorted((a, b) => a.page - b.page);
  if (sorted.length !== pages || sorted.some(({ page }, i) => page !== i + 1)) return false;
  const writers = sorted.map(({ token }) => attempts.indexOf(token));
  return writers.every((writer, i) => writer >= 0 && writer >= (writers[i - 1] ?? 0));
}

function tokenOf(result: string | null | undefined): string | undefined {
  return result == null ? undefined : (JSON.parse(result) as { token?: string }).token;
}

/** One line of a worker's log; undefined: cut by its end. */
export function noteOf(line: string): Note | undefined {
  const [, what, n, token, attempt, atMs] = /^(begun|ended|met) (\d+) (\S+) (\d+) (\d+\.\d{3})$/.exec(line) ?? [];
  if (what === undefined || token === undefined) return undefined;
  return { what: what as Note['what'], n: Number(n), token, attempt: Number(attempt), atMs: Number(atMs) };
}

/** The job of a line that tells of a refusal. */
export function refusalOf(line: string): number | undefined {
  const [, job] = /^refused (\d+)$/.exec(line) ?? [];
  return job === undefined ? undefined : Number(job);
}

/** What nothing may be of. */
export function wrongs({ lost, dead, fencedAccepted, effectsWrong, outputsWrong }: Counts): number {
  return lost + dead + fencedAccepted + effectsWrong + outputsWrong;
}
