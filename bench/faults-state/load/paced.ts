/** Calls at even times, none waiting for the one before, each written down with when it was due, when it was sent and how it ended. */
import type { Act, Answer, Outcome, Told } from './answers.ts';

export interface Call {
  readonly act: Act;
  readonly subject: number;
  readonly shard: number;
  /** How an error ended it is told by `outcomeOf`. */
  run(): Promise<Outcome>;
}

type Written = { -readonly [Key in keyof Answer]: Answer[Key] };

const everyMs = 2;

/** The monotonic clock of the machine: unlike `performance.now()`, the same for all processes. */
export function machineMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

export class Load {
  /** Bounded by rates and the length of a run. */
  readonly #answers: Written[] = [];
  readonly #errors: Record<string, number> = {};
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #outcomeOf: (error: unknown) => Outcome;
  #underWay = 0;

  constructor(outcomeOf: (error: unknown) => Outcome) {
    this.#outcomeOf = outcomeOf;
  }

  /** So many calls a second; who is late is sent at once and counted from when it was due. Undefined: nothing to do this time. */
  pace(perSecond: number, next: (n: number) => Call | undefined): void {
    const startMs = machineMs();
    let sent = 0;
    const send = (): void => {
      const due = Math.floor(((machineMs() - startMs) * perSecond) / 1000);
      for (; sent < due; sent++) {
        const call = next(sent);
        if (call !== undefined) void this.#send(call, startMs + ((sent + 1) * 1000) / perSecond);
      }
    };
    if (perSecond > 0) this.#timers.push(setInterval(send, everyMs));
  }

  /** No further calls; those under way have so long to end. */
  async stop(patienceMs: number): Promise<Omit<Told, 'kept'>> {
    for (const timer of this.#timers) clearInterval(timer);
    const endMs = machineMs() + patienceMs;
    while (this.#underWay > 0 && machineMs() < endMs) await new Promise((resolve) => setTimeout(resolve, 10));
    return { answers: this.#answers, errors: this.#errors };
  }

  async #send(call: Call, intendedMs: number): Promise<void> {
    const { act, subject, shard } = call;
    const answer: Written = { act, subject, shard, intendedMs, sentMs: machineMs(), endedMs: null, outcome: null };
    this.#answers.push(answer);
    this.#underWay++;
    try {
      answer.outcome = await call.run();
    } catch (error) {
      const code = codeOf(error);
      this.#errors[code] = (this.#errors[code] ?? 0) + 1;
      answer.outcome = this.#outcomeOf(error);
    }
    answer.endedMs = machineMs();
    this.#underWay--;
  }
}

/** An error of ours by its code; a stranger's by its first words, without what differs each time. */
function codeOf(error: unknown): string {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  return typeof code === 'string' ? code : String(message).replaceAll(/\d+/g, 'N').slice(0, 80);
}
