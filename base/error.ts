/**
 * Errors that say what is, what should be, and what to do.
 *
 * Each product declares its errors once, as a catalogue. The catalogue is the type (`ErrorCode`), the text and the documentation
 * (docs/reference/errors.md is written from it, and a test holds them together).
 */

/** Whether the same call can succeed: `never` as it stands, `later` after a wait, `now` at once. */
export type Retry = 'never' | 'later' | 'now';

export interface ErrorEntry {
  /** One sentence: the state that is; then the state that should be. `{name}` stands for a fact handed in. */
  readonly message: string;
  /** What to do about it. */
  readonly hint: string;
  readonly retry: Retry;
}

export type ErrorCatalogue = Readonly<Record<string, ErrorEntry>>;

/** The names between braces in a message or a hint. */
type FactName<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? Name | FactName<Rest>
  : never;
type Facts<Entry extends ErrorEntry> = Readonly<
  Record<FactName<Entry['message']> | FactName<Entry['hint']>, string | number>
>;

export interface PalierErrorOptions {
  readonly cause?: unknown;
}

/**
 * An error of a catalogue. `message` is the filled sentence, `hint` what to do. What is no mistake (`retry` is not `never`) carries no stack:
 * it tells of the surroundings, and when a server goes thousands of calls end in one turn, for which whatever else is due waits
 * (`npm run faults -- state`, "no server at all": how many answers were late, and the longest).
 */
export class PalierError extends Error {
  override readonly name = 'PalierError';
  readonly code: string;
  readonly hint: string;
  readonly retry: Retry;
  readonly facts: Readonly<Record<string, string | number>>;

  constructor(
    code: string,
    entry: ErrorEntry,
    facts: Readonly<Record<string, string | number>>,
    options?: PalierErrorOptions,
  ) {
    const message = fill(entry.message, facts);
    const { stackTraceLimit } = Error;
    if (entry.retry !== 'never') Error.stackTraceLimit = 0;
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    Error.stackTraceLimit = stackTraceLimit;
    this.code = code;
    this.hint = fill(entry.hint, facts);
    this.retry = entry.retry;
    this.facts = facts;
  }
}

/** Makes errors of one catalogue; the facts that a sentence needs are part of the type. */
export type ErrorMaker<Catalogue extends ErrorCatalogue> = <Code extends keyof Catalogue & string>(
  code: Code,
  facts: Facts<Catalogue[Code]>,
  options?: PalierErrorOptions,
) => PalierError;

export function errorMaker<const Catalogue extends ErrorCatalogue>(catalogue: Catalogue): ErrorMaker<Catalogue> {
  return (code, facts, options) => new PalierError(code, catalogue[code] as ErrorEntry, facts, options);
}

function fill(text: string, facts: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => (name in facts ? String(facts[name]) : whole));
}
