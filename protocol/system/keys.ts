/** The keys that a schema knows: the schema library does not say them. */
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
