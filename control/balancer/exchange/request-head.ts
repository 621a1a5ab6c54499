/**
 * The head of a request as a replica gets it: header lines copied as they came, hop-by-hop ones taken out (RFC 9110 §7.6.1), and what
 * the edge knows put in: X-Forwarded-For, -Proto, -Host and traceparent.
 */
import { Field, type RequestParser } from '@palier/base/http1';
import type { Random } from '@palier/base/random';
import type { Draft } from './draft.ts';
import { isTraceparent, writeTraceparent } from './trace.ts';

/** What the balancer knows beside the request itself. */
export interface Edge {
  /** The client's address, as X-Forwarded-For names it. */
  readonly clientAddress: string;
  /** `X-Forwarded-For: ADDRESS` and `X-Forwarded-Proto: http` as lines. */
  readonly forwardedLines: Buffer;
  readonly trustForwarded: boolean;
  /** For a client that sends no Host (HTTP/1.0). */
  readonly fallbackHost: string;
  readonly random: Random;
  readonly traceSampled: boolean;
}

const versionLine = Buffer.from(' HTTP/1.1\r\n', 'latin1');
const hostName = Buffer.from('Host: ', 'latin1');
const forwardedHostName = Buffer.from('X-Forwarded-Host: ', 'latin1');
const chunkedLine = Buffer.from('Transfer-Encoding: chunked\r\n', 'latin1');
const lineEnd = Buffer.from('\r\n', 'latin1');

/** Lines that are never handed on as they came; the rest of the hop-by-hop ones are named by Connection. */
const dropped: readonly number[] = [
  Field.connection,
  Field.keepAlive,
  Field.proxyConnection,
  Field.transferEncoding,
  Field.te,
  Field.trailer,
  Field.upgrade,
  Field.expect,
];
const forwarded: readonly number[] = [Field.forwardedFor, Field.forwardedProto, Field.forwardedHost, Field.forwarded];
const dropAlways = kinds(dropped);
const dropDistrusted = kinds([...dropped, ...forwarded]);

/** Writes the head, its empty line included. `buffer` is the window in which `head` was read. */
export function writeRequestHead(draft: Draft, head: RequestParser, buffer: Buffer, edge: Edge): void {
  draft.copy(buffer, head.targetStart - head.method.length - 1, head.targetStart);
  writeTarget(draft, head, buffer);
  const drop = edge.trustForwarded ? dropAlways : dropDistrusted;
  const listed = head.connectionListsMore ? head.connectionOptions() : undefined;
  const trace = traceIndex(head, buffer);
  const absolute = head.targetForm === 'absolute';
  // Runs of lines that stay are copied in one go.
  let from = head.headerCount > 0 ? head.nameStart(0) : 0;
  let to = from;
  for (let i = 0; i < head.headerCount; i++) {
    const kind = head.kind(i);
    let stays = drop[kind] === 0;
    if (kind === Field.other) stays = listed === undefined || !listed.includes(head.name(i));
    else if (kind === Field.traceparent) stays = i === trace;
    else if (kind === Field.tracestate) stays = trace >= 0;
    else if (kind === Field.host) stays = !absolute;
    else if (edge.trustForwarded && kind === Field.forwardedFor) stays = false;
    if (stays) {
      to = head.lineEnd(i);
      continue;
    }
    if (to > from) draft.copy(buffer, from, to);
    from = to = head.lineEnd(i);
  }
  if (to > from) draft.copy(buffer, from, to);
  writeHost(draft, head, buffer, edge);
  writeForwarded(draft, head, buffer, edge);
  if (trace < 0) writeTraceparent(draft, edge.random, edge.traceSampled);
  if (head.framing === 'chunked') draft.all(chunkedLine);
  draft.all(lineEnd);
}

/** Replicas get the origin form whatever form the client used (RFC 9112 §3.2.1). */
function writeTarget(draft: Draft, head: RequestParser, buffer: Buffer): void {
  if (head.targetForm === 'asterisk') draft.text('*');
  else {
    if (head.targetForm === 'absolute' && buffer[head.pathStart] !== 0x2f) draft.text('/');
    draft.copy(buffer, head.pathStart, head.targetEnd);
  }
  draft.all(versionLine);
}

function writeHost(draft: Draft, head: RequestParser, buffer: Buffer, edge: Edge): void {
  if (head.targetForm !== 'absolute' && head.host >= 0) return;
  draft.all(hostName);
  writeHostValue(draft, head, buffer, edge);
  draft.all(lineEnd);
}

/** RFC 9112 §3.2.2: the authority of an absolute target counts, not the Host header. */
function writeHostValue(draft: Draft, head: RequestParser, buffer: Buffer, edge: Edge): void {
  if (head.targetForm === 'absolute') draft.copy(buffer, head.authorityStart, head.pathStart);
  else if (head.host >= 0) draft.copy(buffer, head.valueStart(head.host), head.valueEnd(head.host));
  else draft.text(edge.fallbackHost);
}

function writeForwarded(draft: Draft, head: RequestParser, buffer: Buffer, edge: Edge): void {
  if (!edge.trustForwarded) draft.all(edge.forwardedLines);
  else {
    draft.text('X-Forwarded-For: ');
    for (let i = head.find('x-forwarded-for'); i >= 0; i = head.find('x-forwarded-for', i + 1)) {
      draft.copy(buffer, head.valueStart(i), head.valueEnd(i));
      draft.text(', ');
    }
    draft.text(`${edge.clientAddress}\r\n`);
    if (head.find('x-forwarded-proto') < 0) draft.text('X-Forwarded-Proto: http\r\n');
    if (head.find('x-forwarded-host') >= 0) return;
  }
  draft.all(forwardedHostName);
  writeHostValue(draft, head, buffer, edge);
  draft.all(lineEnd);
}

/** The number of the one valid traceparent; -1 when there is none, or more than one. */
function traceIndex(head: RequestParser, buffer: Buffer): number {
  let found = -1;
  for (let i = 0; i < head.headerCount; i++) {
    if (head.kind(i) !== Field.traceparent) continue;
    if (found >= 0) return -1;
    found = i;
  }
  return found >= 0 && isTraceparent(buffer, head.valueStart(found), head.valueEnd(found)) ? found : -1;
}

function kinds(list: readonly number[]): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, kind) => (list.includes(kind) ? 1 : 0));
}
