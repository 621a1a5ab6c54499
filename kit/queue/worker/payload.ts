/** What goes into the tables and comes out of them: JSON within bounds, in the form that the worker knows. Pure. */
import { kitError } from '../../errors.ts';
import type { JobKind } from '../jobs.ts';
import { textOf } from './thrown.ts';

export type ReadPayload =
  | { readonly outcome: 'ok'; readonly value: unknown }
  | { readonly outcome: 'park'; readonly reason: string }
  | { readonly outcome: 'giveUp'; readonly reason: string; readonly error: string };

/** Undefined stays undefined. Throws PALIER_QUEUE_SIZE and PALIER_QUEUE_JSON. */
export function jsonOf(what: string, value: unknown, maxBytes: number): string | undefined {
  if (value === undefined) return undefined;
  let json: string | undefined;
  try {
    json = JSON.stringify(value);
  } catch (error) {
    const why = error instanceof Error ? error.message : textOf(error);
    throw kitError('PALIER_QUEUE_JSON', { what, why }, { cause: error });
  }
  if (json === undefined) throw kitError('PALIER_QUEUE_JSON', { what, why: `it is a ${typeof value}` });
  const bytes = Buffer.byteLength(json);
  if (bytes > maxBytes) throw kitError('PALIER_QUEUE_SIZE', { what, bytes, maxBytes });
  return json;
}

/** A newer form waits for a worker that knows it; an older one is upgraded; one that is refused is never tried again. */
export function payloadOf(
  kind: JobKind<unknown, unknown>,
  { payload, version }: { readonly payload: string; readonly version: number },
): ReadPayload {
  if (version > kind.version)
    return { outcome: 'park', reason: `its payload has version ${version}, known is ${kind.version}` };
  try {
    const stored: unknown = payload === '' ? undefined : JSON.parse(payload);
    if (version === kind.version) return { outcome: 'ok', value: kind.parse(stored) };
    if (kind.upgrade === undefined) {
      const error = `Its payload has version ${version}, and the job has no upgrade() to ${kind.version}.`;
      return { outcome: 'giveUp', reason: 'an older payload', error };
    }
    return { outcome: 'ok', value: kind.parse(kind.upgrade(stored, version)) };
  } catch (error) {
    return { outcome: 'giveUp', reason: 'its payload was refused', error: textOf(error) };
  }
}
