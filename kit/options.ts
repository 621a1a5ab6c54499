/** Checks what a user hands to a room: whole numbers, each with its default and its range. A refusal names the option, what it is and what it should be. */
import { kitError } from './errors.ts';

/** Of the catalogue: each room has its own, whose hint leads to its `options.ts`. */
type OptionCode =
  | 'PALIER_BATCH_OPTION'
  | 'PALIER_LIMIT_OPTION'
  | 'PALIER_METER_OPTION'
  | 'PALIER_QUEUE_OPTION'
  | 'PALIER_SESSION_OPTION'
  | 'PALIER_STATE_OPTION'
  | 'PALIER_TOKEN_OPTION';

/** `[default, least, most]`. */
export type WholeRange = readonly [number, number, number];

/** As `Durable` of kit/state, which stands on this file. */
interface Durable {
  readonly replicas: number;
}

export interface OptionChecks {
  /** Of each name what was given, else its default. Throws the room's error when one is no whole number or out of its range. */
  wholes<Name extends string>(
    given: { readonly [Option in NoInfer<Name>]?: number },
    ranges: Readonly<Record<Name, WholeRange>>,
  ): Record<Name, number>;
  /** One that has no default, or whose range hangs on another. */
  whole(option: string, value: number, least: number, most: number): number;
  /** Of a room's option `durable`: what it adds to the options of the calls that it is for. */
  durably(durable: Durable | undefined): { readonly durable?: Durable };
  /** The error, for what no range says. */
  wrong(option: string, value: string | number, expected: string): Error;
}

export function optionChecks(code: OptionCode): OptionChecks {
  const wrong = (option: string, value: string | number, expected: string): Error =>
    kitError(code, { option, value, expected });
  const whole = (option: string, value: number, least: number, most: number): number => {
    if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
    // From JavaScript, or an environment, it may be anything.
    const shown = typeof value === 'number' ? value : (JSON.stringify(value) ?? String(value));
    throw wrong(option, shown, `a whole number from ${least} to ${most}`);
  };
  return {
    whole,
    wrong,
    durably: (durable) =>
      durable === undefined ? {} : { durable: { replicas: whole('durable.replicas', durable.replicas, 1, 100) } },
    wholes<Name extends string>(
      given: { readonly [Option in NoInfer<Name>]?: number },
      ranges: Readonly<Record<Name, WholeRange>>,
    ) {
      const checked = Object.entries<WholeRange>(ranges).map(([option, [fallback, least, most]]) => [
        option,
        whole(option, given[option as Name] ?? fallback, least, most),
      ]);
      return Object.fromEntries(checked) as Record<Name, number>;
    },
  };
}
