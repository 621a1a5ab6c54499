/** The head of an answer as the client gets it: lines copied as they came, hop-by-hop ones taken out, framing restated. */
import { Field, type ResponseParser } from '@palier/base/http1';
import type { Draft } from './draft.ts';

/** How the body is delimited towards the client. */
export type AnswerFraming = 'none' | 'length' | 'chunked' | 'close';

const version = Buffer.from('HTTP/1.1', 'latin1');
const closeLine = Buffer.from('Connection: close\r\n', 'latin1');
const keepAliveLine = Buffer.from('Connection: keep-alive\r\n', 'latin1');
const chunkedLine = Buffer.from('Transfer-Encoding: chunked\r\n', 'latin1');
const lineEnd = Buffer.from('\r\n', 'latin1');

const dropped = new Set<number>([
  Field.connection,
  Field.keepAlive,
  Field.proxyConnection,
  Field.transferEncoding,
  Field.te,
  Field.trailer,
  Field.upgrade,
]);
const drop = Uint8Array.from({ length: 32 }, (_, kind) => (dropped.has(kind) ? 1 : 0));

/** A body whose end only the replica's closing tells becomes chunks, so that the client's connection can stay; HTTP/1.0 knows none. */
export function answerFraming(head: ResponseParser, clientMinorVersion: number): AnswerFraming {
  if (head.framing === 'none' || head.framing === 'length') return head.framing;
  return clientMinorVersion === 1 ? 'chunked' : 'close';
}

/** Writes the head, its empty line included. `buffer` is the window in which `head` was read, from `start` on. */
export function writeAnswerHead(
  draft: Draft,
  head: ResponseParser,
  buffer: Buffer,
  start: number,
  framing: AnswerFraming,
  close: boolean,
  clientMinorVersion: number,
): void {
  draft.all(version);
  const listed = head.connectionListsMore ? head.connectionOptions() : undefined;
  // RFC 9110 §8.6: neither 1xx nor 204 may state a length.
  const noLength = head.status < 200 || head.status === 204;
  let from = start + version.length;
  let to = head.headerCount > 0 ? head.nameStart(0) : start + head.headBytes - lineEnd.length;
  for (let i = 0; i < head.headerCount; i++) {
    const kind = head.kind(i);
    let stays = drop[kind] === 0;
    if (kind === Field.contentLength) stays = !noLength;
    else if (kind === Field.other && listed !== undefined) stays = !listed.includes(head.name(i));
    if (stays) {
      to = head.lineEnd(i);
      continue;
    }
    if (to > from) draft.copy(buffer, from, to);
    from = to = head.lineEnd(i);
  }
  if (to > from) draft.copy(buffer, from, to);
  if (framing === 'chunked') draft.all(chunkedLine);
  if (close) draft.all(closeLine);
  else if (clientMinorVersion === 0) draft.all(keepAliveLine);
  draft.all(lineEnd);
}
