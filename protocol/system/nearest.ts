/**
 * What somebody may have meant who wrote a key that does not exist. Own code: a distance is ten lines, and the schema library knows the
 * keys but does not say them.
 */
import type { z } from 'zod';

/** The parts of a schema's definition that lead to its keys. */
interface Definition {
  readonly shape?: Readonly<Record<string, z.core.$ZodType>>;
  readonly options?: readonly z.core.$ZodType[];
  readonly innerType?: z.core.$ZodType;
  readonly valueType?: z.core.$ZodType;
  readonly element?: z.core.$ZodType;
  readonly in?: z.core.$ZodType;
}

/** The keys that may stand at this place, in the order of the schema. */
export function keysAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): readonly string[] {
  const { shape, options, innerType, valueType, element, in: before } = schema._zod.def as Definition;
  const wrapped = innerType ?? before;
  if (wrapped !== undefined) return keysAt(wrapped, path);
  if (options !== undefined) return options.flatMap((option) => keysAt(option, path));
  const [first, ...rest] = path;
  if (first === undefined) return Object.keys(shape ?? {});
  const next = shape === undefined ? (valueType ?? element) : shape[String(first)];
  return next === undefined ? [] : keysAt(next, rest);
}

/** The word that is the fewest typing mistakes away, at most one for each three letters; null when none is so near. */
export function nearest(written: string, words: readonly string[]): string | null {
  const most = Math.max(1, Math.floor(written.length / 3));
  const distances = words.map((word) => ({
    word,
    mistakes: mistakesBetween(written.toLowerCase(), word.toLowerCase()),
  }));
  const [best] = distances.toSorted((a, b) => a.mistakes - b.mistakes);
  return best !== undefined && best.mistakes <= most ? best.word : null;
}

/** Letters left out, put in, changed, or exchanged with their neighbour (optimal string alignment). */
export function mistakesBetween(a: string, b: string): number {
  let [beforeLast, last]: [number[], number[]] = [[], Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      row[j] = Math.min((last[j] as number) + 1, (row[j - 1] as number) + 1, (last[j - 1] as number) + same);
      const isExchanged = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (isExchanged) row[j] = Math.min(row[j] as number, (beforeLast[j - 2] as number) + 1);
    }
    [beforeLast, last] = [last, row];
  }
  return last[b.length] as number;
}
