/**
 * A folder as it was read: names of files, and the texts of those that tell how a service is started. Plain data, so that what follows
 * from it is a pure function.
 */
import { parse } from 'yaml';

export interface Folder {
  /** Its own name, such as `shop`. */
  readonly name: string;
  /** Files by their path in it, `/` between the parts. */
  readonly paths: readonly string[];
  /** What stands in the files that were read, by path. */
  readonly texts: Readonly<Record<string, string>>;
}

/** One way to start the service. */
export interface Candidate {
  /** argv, or one line for the shell. The service finds its port in the variable PORT. */
  readonly command: readonly [string, ...string[]] | string;
  /** Lines for the shell, run once before. */
  readonly prepare: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Where it was seen, such as `package.json, scripts.start`. */
  readonly from: string;
}

/** The files whose texts were read and whose path matches. */
export function textsOf(folder: Folder, path: RegExp): (readonly [string, string])[] {
  return Object.entries(folder.texts).filter(([name]) => path.test(name));
}

/** An object, or an empty one for anything else: what strangers wrote may be anything. */
export function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

/** What stands in a YAML text; what is odd in a stranger's is no warning of ours. Throws where it cannot be read. */
export function yamlOf(text: string): unknown {
  return parse(text, { logLevel: 'error' });
}

/** What `read` makes of the file; undefined where it is missing or cannot be read as that. */
export function parsed(folder: Folder, path: string, read: (text: string) => unknown): unknown {
  const text = folder.texts[path];
  if (text === undefined) return undefined;
  try {
    return read(text);
  } catch {
    return undefined;
  }
}
