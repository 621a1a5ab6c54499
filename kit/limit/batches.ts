/**
 * Takings that come in one turn of the event loop, and all that come while a call is under way, go as one: who is alone is asked for at once,
 * and a busy service asks its state as often as that answers, however many requests it has. Each is decided as if it had come alone, in the order
 * in which it came for its bucket.
 */
import { kitError } from '../errors.ts';
import type { Kv, StateSurroundings } from '../state/index.ts';
import type { Answer, Ask, Terms } from './bucket/gcra.ts';
import type { Asked } from './keys.ts';
import type { CheckedLimit } from './options.ts';
import { type Run, takeAlone, takeArgs, takeProcedure, type TakeReply, takeTogether } from './bucket/procedures.ts';

/** One taking, of all that it asks or of none. Its keys share a tag. */
export interface Entry {
  readonly asked: readonly Asked[];
  readonly ask: Ask;
  /** Its deadline counts from then, on the monotonic clock. */
  readonly addedMs: number;
  answered(nowUs: number, answers: readonly Answer[]): void;
  failed(error: unknown): void;
}

/** What asks for keys of one tag. */
interface Line {
  readonly tag: string;
  waiting: Entry[];
  /** Calls: while there are any, what comes waits for their answers. */
  underWay: number;
  /** One of the last calls failed: those who waited behind it have waited for the state. */
  failed: boolean;
}

/** Takings in one call: at about a microsecond each nobody waits long behind it. */
const maxBatch = 200;
/** Takings that wait to be sent, over all lines. */
const maxWaiting = 20_000;
/** A call has the deadline of its oldest taking; those that came later by a greater part of it than this are another call. */
const deadlineSpread = 0.25;
/**
 * Of its time a call has so much left at least, unless the one before it failed: it was this process that stood still until then, or the state that
 * was slow, and neither is away.
 */
const leastShare = 0.25;

export class Batches {
  readonly #kv: Kv;
  readonly #around: StateSurroundings;
  readonly #timeoutMs: number;
  readonly #lines = new Map<string, Line>();
  /** Lines that are sent at the end of this turn. */
  #due: Line[] = [];
  #count = 0;

  constructor(kv: Kv, around: StateSurroundings, timeoutMs: number) {
    this.#kv = kv;
    this.#around = around;
    this.#timeoutMs = timeoutMs;
  }

  add(entry: Entry): void {
    if (this.#count >= maxWaiting) {
      entry.failed(kitError('PALIER_STATE_BUSY', { waiting: maxWaiting, outcome: 'none' }));
      return;
    }
    this.#count++;
    const { tag } = entry.asked[0] as Asked;
    const line = this.#lines.get(tag);
    if (line !== undefined) {
      line.waiting.push(entry);
      return;
    }
    const first = { tag, waiting: [entry], underWay: 0, failed: false };
    this.#lines.set(tag, first);
    this.#plan(first);
  }

  #plan(line: Line): void {
    if (this.#due.push(line) === 1) this.#around.timers.soon(() => this.#send());
  }

  #send(): void {
    const due = this.#due;
    this.#due = [];
    const nowMs = this.#around.clock.monotonicMs();
    for (const line of due) {
      const entries = line.waiting;
      line.waiting = [];
      this.#count -= entries.length;
      const batches = batchesOf(entries, this.#timeoutMs * deadlineSpread);
      const leastMs = line.failed ? 0 : Math.ceil(this.#timeoutMs * leastShare);
      line.underWay = batches.length;
      line.failed = false;
      for (const batch of batches) void this.#call(line, batch, nowMs, leastMs);
    }
  }

  async #call(line: Line, entries: readonly Entry[], nowMs: number, leastMs: number): Promise<void> {
    let plan: Plan;
    let reply: TakeReply;
    try {
      const timeoutMs = Math.max(leastMs, Math.ceil((entries[0] as Entry).addedMs + this.#timeoutMs - nowMs));
      if (timeoutMs <= 0) throw kitError('PALIER_STATE_LATE', { engine: 'The state', outcome: 'none' });
      plan = planOf(entries);
      reply = await this.#kv.run(takeProcedure, plan.keys, plan.args, { timeoutMs });
    } catch (error) {
      line.failed = true;
      this.#ended(line);
      for (const entry of entries) entry.failed(error);
      return;
    }
    this.#ended(line);
    answer(plan, reply);
  }

  /** What came meanwhile goes at the end of the turn, together with what those who are answered now ask next. */
  #ended(line: Line): void {
    if (--line.underWay > 0) return;
    if (line.waiting.length > 0) this.#plan(line);
    else this.#lines.delete(line.tag);
  }
}

function batchesOf(entries: readonly Entry[], spreadMs: number): (readonly Entry[])[] {
  const batches: (readonly Entry[])[] = [];
  for (let from = 0; from < entries.length; ) {
    const lastMs = (entries[from] as Entry).addedMs + spreadMs;
    let to = from + 1;
    while (to < entries.length && to - from < maxBatch && (entries[to] as Entry).addedMs <= lastMs) to++;
    batches.push(from === 0 && to === entries.length ? entries : entries.slice(from, to));
    from = to;
  }
  return batches;
}

interface Bucket {
  readonly index: number;
  readonly limit: CheckedLimit;
  /** Takings that ask for nothing else. */
  readonly alone: Entry[];
}

interface Plan {
  readonly keys: readonly string[];
  readonly args: readonly (string | number)[];
  readonly buckets: readonly Bucket[];
  readonly together: readonly { readonly entry: Entry; readonly parts: readonly { key: number; terms: Terms }[] }[];
}

/** Those of one bucket first, bucket by bucket, so that equal ones are one run; then those of several. */
function planOf(entries: readonly Entry[]): Plan {
  const byKey = new Map<string, Bucket>();
  const buckets: Bucket[] = [];
  const together: { entry: Entry; parts: { key: number; terms: Terms }[] }[] = [];
  const opened = ({ key, limit }: Asked, alone: Entry[]): Bucket => {
    const bucket = { index: buckets.length, limit, alone };
    byKey.set(key, bucket);
    buckets.push(bucket);
    return bucket;
  };
  for (const entry of entries) {
    const { asked } = entry;
    if (asked.length === 1) {
      const only = asked[0] as Asked;
      const bucket = byKey.get(only.key);
      if (bucket === undefined) opened(only, [entry]);
      else bucket.alone.push(entry);
    } else {
      const parts = asked.map((one) => {
        const { index } = byKey.get(one.key) ?? opened(one, []);
        return { key: index, terms: one.limit.terms };
      });
      together.push({ entry, parts });
    }
  }
  const runs = runsOf(buckets);
  for (const { entry, parts } of together) runs.push({ keys: parts.map(({ key }) => key), count: 1, ask: entry.ask });
  const terms = new Map<Terms, number>();
  const termsOf = buckets.map(({ limit }) => {
    let index = terms.get(limit.terms);
    if (index === undefined) terms.set(limit.terms, (index = terms.size));
    return index;
  });
  return { keys: [...byKey.keys()], args: takeArgs([...terms.keys()], termsOf, runs), buckets, together };
}

/** Equal asks of one bucket are one run; equal runs of neighbours are one sweep. */
function runsOf(buckets: readonly Bucket[]): Run[] {
  const sweeps: { keys: { from: number; to: number }; count: number; ask: Ask }[] = [];
  for (const { index, alone } of buckets) {
    for (let from = 0; from < alone.length; ) {
      const { ask } = alone[from] as Entry;
      let to = from + 1;
      while (to < alone.length && isSame((alone[to] as Entry).ask, ask)) to++;
      const count = to - from;
      const last = sweeps.at(-1);
      if (last !== undefined && last.keys.to + 1 === index && last.count === count && isSame(last.ask, ask))
        last.keys.to = index;
      else sweeps.push({ keys: { from: index, to: index }, count, ask });
      from = to;
    }
  }
  return sweeps;
}

function isSame(a: Ask, b: Ask): boolean {
  return a === b || (a.cost === b.cost && a.extra === b.extra && a.maxWaitUs === b.maxWaitUs);
}

/** Plays it again as the state did, each taking after those before it. */
function answer({ buckets, together }: Plan, { nowUs, tatsUs }: TakeReply): void {
  for (const { index, limit, alone } of buckets)
    for (const entry of alone) entry.answered(nowUs, [takeAlone(tatsUs, nowUs, index, limit.terms, entry.ask)]);
  for (const { entry, parts } of together) entry.answered(nowUs, takeTogether(tatsUs, nowUs, parts, entry.ask));
}
