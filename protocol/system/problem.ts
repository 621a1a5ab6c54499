/**
 * A mistake in a file as a person can find and mend it: the key, what stands there, what is expected.
 */
import { nearest } from '@palier/base/nearest';
import type { z } from 'zod';
import { keysAt } from './keys.ts';

export interface Problem {
  /** `services.api.replicas`; empty for the file as a whole. */
  readonly key: string;
  /** What stands there, shortened; `nothing` when the key is missing. */
  readonly is: string;
  readonly expected: string;
}

/** `  services.api.cpu: is "half"; expected a number above 0`. */
export function describeProblem(problem: Problem): string {
  return `  ${problem.key === '' ? '(the file)' : problem.key}: is ${problem.is}; expected ${problem.expected}`;
}

/** How a value is shown in a problem: at most 60 characters. */
export function showValue(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'function') return 'a function';
  let text: string;
  try {
    text = JSON.stringify(value) ?? String(value);
  } catch {
    text = String(value);
  }
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

/** `a service: api, worker`. */
export function oneOf(what: string, names: readonly string[]): string {
  return names.length === 0 ? what : `${what}: ${names.join(', ')}`;
}

/** The problems that a schema found in `input`. */
export function problemsOf(error: z.ZodError, input: unknown, schema: z.core.$ZodType): Problem[] {
  return error.issues.flatMap((issue) => problemsOfIssue(issue, input, schema, []));
}

function problemsOfIssue(
  issue: z.core.$ZodIssue,
  input: unknown,
  schema: z.core.$ZodType,
  above: readonly PropertyKey[],
): Problem[] {
  const path = [...above, ...issue.path];
  const value = valueAt(input, path);
  if (issue.code === 'unrecognized_keys') {
    const { known = keysAt(schema, path) } = issue as { readonly known?: readonly string[] };
    return issue.keys.map((key) => {
      const meant = nearest(key, known);
      return {
        key: keyText([...path, key]),
        is: showValue(valueAt(input, [...path, key])),
        expected: meant === null ? 'no such key' : `no such key; did you mean "${meant}"?`,
      };
    });
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    // The branch that got furthest is the one that was meant.
    const depth = (branch: readonly z.core.$ZodIssue[]): number => Math.max(...branch.map((part) => part.path.length));
    const deepest = issue.errors.toSorted((a, b) => depth(b) - depth(a))[0];
    if (deepest !== undefined && depth(deepest) > 0)
      return deepest.flatMap((part) => problemsOfIssue(part, input, schema, path));
  }
  return [{ key: keyText(path), is: showValue(value), expected: issue.message }];
}

function keyText(path: readonly PropertyKey[]): string {
  return path.map(String).join('.');
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value: unknown = input;
  for (const key of path) {
    if (value === null || typeof value !== 'object') return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}
