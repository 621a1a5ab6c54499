/**
 * Takings that come in one turn of the event loop go as one call: a busy service asks its state some thousand times a second, however many
 * requests it has. Each is decided as if it had come alone, in the order in which it came for its bucket.
 */
import type { Timers } from '@palier/base/timers';
import { kitError } from '../errors.ts';
import type { Kv } from '../state/index.ts';
import type { Answer, Ask, Terms } from './gcra.ts';
import type { CheckedLimit } from './options.ts';
import { type Run, takeArgs, takeProcedure, takeTogether } from './procedures.ts';

/** One limit that a call asks. */
export interface Asked {
  readonly limit: CheckedLimit;
  readonly key: string;
  /** What decides the node of the key: only asks with one tag go together. */
  readonly tag: string;
}

export interface Answered {
  readonly nowUs: number;
  readonly answers: readonly Answer[];
}

interface Entry {
  readonly asked: readonly Asked[];
  readonly ask: Ask;
  resolve(answered: Answered): void;
  reject(error: unknown): void;
}

/** Takings in one call: at about a microsecond each nobody waits long behind it. */
const maxBatch = 200;
/** Takings that wait to be sent, over all batches. */
const maxWaiting = 20_000;

export class Batches {
  readonly #kv: Kv;
  readonly #timers: Timers;
  readonly #timeout: { readonly timeoutMs: number };
  /** By tag. */
  readonly #waiting = new Map<string, Entry[]>();
  #count = 0;

  constructor(kv: Kv, timers: Timers, timeoutMs: number) {
    this.#kv = kv;
    this.#timers = timers;
    this.#timeout = { timeoutMs };
  }

  add(asked: readonly Asked[], ask: Ask): Promise<Answered> {
    if (this.#count >= maxWaiting)
      return Promise.reject(kitError('PALIER_STATE_BUSY', { waiting: maxWaiting, outcome: 'none' }));
    const { tag } = asked[0] as Asked;
    return new Promise((resolve, reject) => {
      if (this.#count++ === 0) this.#timers.soon(() => this.#send());
      const entry = { asked, ask, resolve, reject };
      const others = this.#waiting.get(tag);
      if (others === undefined) this.#waiting.set(tag, [entry]);
      else others.push(entry);
    });
  }

  #send(): void {
    const all = [...this.#waiting.values()];
    this.#waiting.clear();
    this.#count = 0;
    for (const entries of all)
      for (let at = 0; at < entries.length; at += maxBatch) void this.#sendOne(entries.slice(at, at + maxBatch));
  }

  async #sendOne(entries: readonly Entry[]): Promise<void> {
    try {
      const plan = planOf(entries);
      const reply = await this.#kv.run(takeProcedure, plan.keys, plan.args, this.#timeout);
      for (const { entry, parts } of plan.order) {
        entry.resolve({ nowUs: reply.nowUs, answers: takeTogether(reply.tatsUs, reply.nowUs, parts, entry.ask) });
      }
    } catch (error) {
      for (const entry of entries) entry.reject(error);
    }
  }
}

interface Plan {
  readonly keys: readonly string[];
  readonly args: readonly (string | number)[];
  /** As the state plays them. */
  readonly order: readonly { readonly entry: Entry; readonly parts: readonly { key: number; terms: Terms }[] }[];
}

/** Those of one bucket first, bucket by bucket, so that equal ones are one run; then those of several. */
function planOf(entries: readonly Entry[]): Plan {
  const keys = new Map<string, number>();
  const terms = new Map<Terms, number>();
  const termsOf: number[] = [];
  const partOf = ({ key, limit }: Asked): { key: number; terms: Terms } => {
    let index = keys.get(key);
    if (index === undefined) {
      index = keys.size;
      keys.set(key, index);
      let term = terms.get(limit.terms);
      if (term === undefined) terms.set(limit.terms, (term = terms.size));
      termsOf.push(term);
    }
    return { key: index, terms: limit.terms };
  };
  const planned = entries.map((entry) => ({ entry, parts: entry.asked.map(partOf) }));
  const alone = planned.filter(({ parts }) => parts.length === 1).toSorted((a, b) => keyOf(a) - keyOf(b));
  const together = planned.filter(({ parts }) => parts.length > 1);
  const runs = runsOf(alone);
  for (const { entry, parts } of together) runs.push({ keys: parts.map(({ key }) => key), count: 1, ask: entry.ask });
  return { keys: [...keys.keys()], args: takeArgs([...terms.keys()], termsOf, runs), order: alone.concat(together) };
}

function keyOf({ parts }: Plan['order'][number]): number {
  return parts[0]?.key as number;
}

/** Equal asks of one bucket are one run; equal runs of neighbours are one sweep. */
function runsOf(alone: Plan['order']): Run[] {
  const runs: { keys: { from: number; to: number }; count: number; ask: Ask }[] = [];
  for (const one of alone) {
    const key = keyOf(one);
    const { ask } = one.entry;
    const last = runs.at(-1);
    if (last !== undefined && last.keys.from === key && last.keys.to === key && isSame(last.ask, ask)) last.count++;
    else runs.push({ keys: { from: key, to: key }, count: 1, ask });
  }
  const swept: typeof runs = [];
  for (const run of runs) {
    const last = swept.at(-1);
    const joins = last !== undefined && last.keys.to + 1 === run.keys.from && last.count === run.count;
    if (joins && isSame(last.ask, run.ask)) last.keys.to = run.keys.to;
    else swept.push(run);
  }
  return swept;
}

function isSame(a: Ask, b: Ask): boolean {
  return a.cost === b.cost && a.extra === b.extra && a.maxWaitUs === b.maxWaitUs;
}
