/** How many sessions have a label: counted in sixteen parts each, so that no key is everybody's, and no request fails for it. */
import type { Log } from '@palier/base/log';
import { type Kv, keyOf } from '../state/index.ts';
import { awayIsSaid } from './away.ts';
import { tally } from './procedures/list.ts';
import type { Ticket } from './ticket.ts';

const parts = 16;

export class LabelCounts {
  readonly #kv: Kv;
  readonly #names: readonly string[];
  readonly #log: Log;

  constructor(kv: Kv, names: readonly string[], log: Log) {
    this.#kv = kv;
    this.#names = names;
    this.#log = log;
  }

  async count(label: string, value: string): Promise<number> {
    const keys = Array.from({ length: parts }, (_, part) => labelKey(label, value, part));
    const counts = await awayIsSaid('counted', Promise.all(keys.map((key) => this.#kv.run(tally, [key], [0, '']))));
    return counts.reduce((sum, one) => sum + one, 0);
  }

  /** For so long; 0: not any more. What fails is told, nobody's request fails for it. */
  async put({ handle, tag }: Ticket, labels: Readonly<Record<string, string>>, lifeMs: number): Promise<void> {
    const part = Number.parseInt(tag[0] as string, 16);
    const calls = this.#names.flatMap((name) => {
      const value = labels[name];
      if (value === undefined) return [];
      return [this.#kv.run(tally, [labelKey(name, value, part)], [Math.max(0, lifeMs), handle])];
    });
    try {
      if (calls.length > 0) await Promise.all(calls);
    } catch (error) {
      this.#log('warn', 'the labels of a session were not counted', { reason: String(error) });
    }
  }
}

function labelKey(label: string, value: string, part: number): string {
  return keyOf('session-label', `${label}=${value}/${part}`);
}
