/**
 * The request of a step, compiled once: a step without values is one buffer that is sent again and again; a step with values joins
 * fixed pieces with them. Lengths are octets of UTF-8.
 */
import type { JsonValue, PlannedBody, PlannedPart, PlannedStep, Target } from '@palier/protocol';
import type { Request } from '../client/request.ts';
import type { Tracer } from './trace.ts';
import {
  compileText,
  joinTexts,
  type Names,
  onlySlot,
  type Piece,
  plain,
  renderText,
  type Text,
  type Values,
} from './template.ts';

/** Makes the request of a step; null when a value is missing. */
export type MakeRequest = (values: Values) => Request | null;

/** What the answer is needed for. */
export type Wanted = Pick<Request, 'keepBody' | 'keepHeaders'>;

const idempotent = new Set(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'TRACE']);
/** Those whose body is stated even when there is none (RFC 9110 §8.6). */
const needsLength = new Set(['POST', 'PUT', 'PATCH']);
const boundary = 'palier-5d0b7e2c91f84a6b';

/** A step that sets the header `traceparent` itself keeps its own. */
export function setsTrace(step: PlannedStep): boolean {
  return setsHeader(step, 'traceparent');
}

export function setsHeader(step: Pick<PlannedStep, 'headers'>, header: string): boolean {
  return Object.keys(step.headers).some((name) => name.toLowerCase() === header);
}

export function compileRequest(
  step: PlannedStep,
  target: Target,
  names: Names,
  wanted: Wanted,
  tracer: Tracer,
): MakeRequest {
  const kind = { traceAt: -1, isHead: step.method === 'HEAD', idempotent: idempotent.has(step.method), ...wanted };
  const { start, isAscii } = headOf(step, target, names);
  const body = step.body === null ? null : bodyOf(step.body, names);
  const content = body === null ? null : fixedBody(body);
  const empty = needsLength.has(step.method) ? 'content-length: 0\r\n\r\n' : '\r\n';
  const end = body === null ? empty : `content-length: ${content?.length}\r\n\r\n`;
  if (typeof start === 'string' && content !== undefined) {
    const before = Buffer.from(setsTrace(step) ? start : `${start}traceparent: `);
    const trace = setsTrace(step) ? '' : `${tracer.template}\r\n`;
    const bytes = Buffer.concat([before, Buffer.from(`${trace}${end}`), content ?? new Uint8Array()]);
    const traceAt = setsTrace(step) ? -1 : before.length;
    const request: Request = { bytes, rest: null, length: bytes.length, ...kind, traceAt };
    return () => request;
  }
  const head = setsTrace(step) ? start : joinTexts([start, 'traceparent: ', tracer.text, '\r\n']);
  if (content === undefined) return mixedRequest(head, body as readonly (Text | Uint8Array)[], kind);
  const octets = isAscii ? (text: string): number => text.length : Buffer.byteLength;
  return headRequest(joinTexts([head, end]), octets, content, kind);
}

type Kind = Omit<Request, 'bytes' | 'rest' | 'length'>;

/** Field by field: to copy all of them at once takes three times as long. */
function requestOf(bytes: string, rest: Uint8Array | null, length: number, kind: Kind): Request {
  const { traceAt, isHead, idempotent, keepBody, keepHeaders } = kind;
  return { bytes, rest, length, traceAt, isHead, idempotent, keepBody, keepHeaders };
}

/** All of a body that is always the same; undefined when there are values in it. */
function fixedBody(body: readonly (Text | Uint8Array)[]): Uint8Array | undefined {
  return body.every((part) => part instanceof Uint8Array) ? Buffer.concat(body) : undefined;
}

/** Values in the head, and a body that is always the same. */
function headRequest(head: Text, octets: (text: string) => number, body: Uint8Array | null, kind: Kind): MakeRequest {
  const bodyLength = body?.length ?? 0;
  return (values) => {
    const bytes = renderText(head, values);
    return bytes === undefined ? null : requestOf(bytes, body, octets(bytes) + bodyLength, kind);
  };
}

/** A body with values in it. */
function mixedRequest(head: Text, body: readonly (Text | Uint8Array)[], kind: Kind): MakeRequest {
  const only = body.length === 1 && !(body[0] instanceof Uint8Array) ? (body[0] as Text) : null;
  return (values) => {
    const start = renderText(head, values);
    if (start === undefined) return null;
    if (only !== null) {
      const text = renderText(only, values);
      if (text === undefined) return null;
      const bodyLength = Buffer.byteLength(text);
      const bytes = `${start}content-length: ${bodyLength}\r\n\r\n${text}`;
      return requestOf(bytes, null, Buffer.byteLength(bytes), kind);
    }
    const parts: Uint8Array[] = [];
    for (const part of body) {
      const rendered = part instanceof Uint8Array ? part : renderText(part, values);
      if (rendered === undefined) return null;
      parts.push(typeof rendered === 'string' ? Buffer.from(rendered) : rendered);
    }
    const rest = Buffer.concat(parts);
    const bytes = `${start}content-length: ${rest.length}\r\n\r\n`;
    return requestOf(bytes, rest, Buffer.byteLength(bytes) + rest.length, kind);
  };
}

/**
 * Up to where content-length is to follow. A header that the step sets takes the place of ours. `isAscii`: whatever the values are; those of
 * the path are percent-encoded.
 */
function headOf(step: PlannedStep, target: Target, names: Names): { readonly start: Text; readonly isAscii: boolean } {
  const headers = new Map<string, Text>([
    ['host', target.authority],
    ['user-agent', 'palier'],
    ['accept', '*/*'],
  ]);
  const type = contentType(step.body);
  if (type !== null) headers.set('content-type', type);
  for (const [name, value] of Object.entries(step.headers)) {
    headers.set(name.toLowerCase(), compileText(value, names, headerText, headerLine));
  }
  const path = pathText(target.basePath + step.path, names);
  const lines = [...headers].map(([name, value]) => joinTexts([`${name}: `, value, '\r\n']));
  const start = joinTexts([`${step.method} `, path, ' HTTP/1.1\r\n', ...lines]);
  const isAscii = [...headers]
    .flat()
    .every((text) => typeof text === 'string' && Buffer.byteLength(text) === text.length);
  return { start, isAscii };
}

function contentType(body: PlannedBody | null): string | null {
  if (body === null || body.kind === 'text') return null;
  return body.kind === 'json' ? 'application/json' : `multipart/form-data; boundary=${boundary}`;
}

/** Fixed parts are bytes. */
function bodyOf(body: PlannedBody, names: Names): (Text | Uint8Array)[] {
  if (body.kind === 'text') return [asBytes(compileText(body.text, names, plain))];
  if (body.kind === 'json') return [asBytes(joinTexts(jsonTexts(body.json, names)))];
  const parts = body.parts.flatMap((part) => formPart(part, names));
  return [...parts, Buffer.from(`--${boundary}--\r\n`)];
}

/** RFC 7578; a quote and line ends in names are escaped as browsers do (WHATWG HTML, multipart/form-data). */
function formPart(part: PlannedPart, names: Names): (Text | Uint8Array)[] {
  const start = `--${boundary}\r\ncontent-disposition: form-data; name="${formName(part.name)}"`;
  if ('text' in part) {
    return [asBytes(joinTexts([`${start}\r\n\r\n`, compileText(part.text, names, plain), '\r\n']))];
  }
  const head = `${start}; filename="${formName(part.filename)}"\r\ncontent-type: ${headerLine(part.contentType)}\r\n\r\n`;
  return [Buffer.concat([Buffer.from(head), Buffer.from(part.base64, 'base64'), Buffer.from('\r\n')])];
}

function asBytes(text: Text): Text | Uint8Array {
  return typeof text === 'string' ? Buffer.from(text) : text;
}

/** A text that is one `{{…}}` becomes the value with its own type; inside a longer text it becomes text. */
export function jsonTexts(value: JsonValue, names: Names): Text[] {
  if (typeof value === 'string') {
    const slot: Piece | null = onlySlot(value, names, (inner) => JSON.stringify(inner));
    if (slot !== null) return [[slot]];
    return ['"', compileText(value, names, (inner) => insideJson(plain(inner)), insideJson), '"'];
  }
  if (value === null || typeof value !== 'object') return [JSON.stringify(value)];
  const list = Array.isArray(value);
  const texts: Text[] = [list ? '[' : '{'];
  for (const [key, item] of Object.entries(value as Readonly<Record<string, JsonValue>>)) {
    if (texts.length > 1) texts.push(',');
    if (!list) texts.push(`${JSON.stringify(key)}:`);
    texts.push(...jsonTexts(item, names));
  }
  texts.push(list ? ']' : '}');
  return texts;
}

function insideJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** The target of a request. */
export function pathText(path: string, names: Names): Text {
  // A number has no character that would have to be encoded.
  return compileText(
    path,
    names,
    (value) => (typeof value === 'number' ? String(value) : targetText(plain(value))),
    targetText,
  );
}

/** What may not stand in a request target is percent-encoded; what may, stays, so that a value can be a whole path. */
function targetText(text: string): string {
  return text.toWellFormed().replace(/[^!$-;=?-Z_a-z~[\]]/gu, (character) => encodeURIComponent(character));
}

export function headerText(value: JsonValue): string {
  return headerLine(plain(value));
}

/** A line end in a value would begin a header of its own. */
export function headerLine(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u0008\u000a-\u001f\u007f]+/g, ' ');
}

function formName(name: string): string {
  return name.replace(/\r/g, '%0D').replace(/\n/g, '%0A').replace(/"/g, '%22');
}
