/** A script as a server knows it: the body with the clock before it, and the SHA-1 by which it is called. */
import { createHash } from 'node:crypto';
import { luaClock } from '../procedure.ts';

export interface Script {
  readonly sha: string;
  readonly text: string;
}

export function scriptOf(lua: string): Script {
  const text = luaClock + lua;
  return { text, sha: createHash('sha1').update(text).digest('hex') };
}
