/** Steps as a generator plays them: named by route, with their files read. */
import { basename, extname, join, resolve } from 'node:path';
import { formatBytes } from '@palier/base/bytes';
import type { FormFile, JsonValue, PlannedBody, PlannedPart, PlannedStep, RequestStepFile } from '@palier/protocol';
import { loadError } from '../errors.ts';
import type { FileSource } from './files.ts';
import { planLimits } from './options.ts';

const contentTypes: Readonly<Record<string, string>> = {
  '.csv': 'text/csv',
  '.epub': 'application/epub+zip',
  '.gif': 'image/gif',
  '.html': 'text/html',
  '.jpeg': 'image/jpeg',
  '.jpg': 'image/jpeg',
  '.json': 'application/json',
  '.md': 'text/markdown',
  '.mp4': 'video/mp4',
  '.pdf': 'application/pdf',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain',
  '.webp': 'image/webp',
  '.xml': 'application/xml',
  '.zip': 'application/zip',
};

const dataMark = '{{dataDir}}';

const framing = new Set(['content-length', 'transfer-encoding', 'trailer', 'upgrade', 'te']);
/** RFC 9110 §5.6.2. */
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** `GET /releases/{{id}}?page={{page}}` → `GET /releases/:id`. */
function routeOf(request: string): string {
  const [method, path] = splitRequest(request);
  return `${method} ${barePath(path)}`;
}

/** Without query, each `{{…}}` shown as `:name`. */
export function barePath(path: string): string {
  const query = path.search(/[?#]/);
  return shownNames(query < 0 ? path : path.slice(0, query));
}

export function shownNames(text: string): string {
  return text.replace(/\{\{([^{}]*)\}\}/g, (_, name: string) => `:${name.trim()}`);
}

/** `key` is where the step stands, for errors: `scenarios.normal.start.0`. */
export function planStep(step: RequestStepFile, key: string, source: FileSource): PlannedStep {
  const [method, path] = splitRequest(step.request);
  checkHeaders(step.headers ?? {}, key);
  const { status = [], contains = null, json = {} } = step.check ?? {};
  return {
    route: step.name ?? routeOf(step.request),
    method,
    path,
    headers: step.headers ?? {},
    body: bodyOf(step, key, source),
    take: step.take ?? {},
    check: { status: typeof status === 'number' ? [status] : status, contains, json },
  };
}

/** Reads a file that a scenario names. Throws `PALIER_LOAD_FILE` and `PALIER_LOAD_FILE_SIZE`. */
export function readNamed(file: string, key: string, source: FileSource, maxBytes: number): Uint8Array {
  const { folder, dataFolder, files } = source;
  if (isUnmade(file, source)) return new Uint8Array();
  const path = file.startsWith(dataMark) ? join(dataFolder ?? '', file.slice(dataMark.length)) : resolve(folder, file);
  try {
    const size = files.size(path);
    if (size <= maxBytes) return files.read(path);
    throw loadError('PALIER_LOAD_FILE_SIZE', {
      key,
      file: path,
      size: formatBytes(size),
      limit: formatBytes(maxBytes),
    });
  } catch (error) {
    if (error instanceof Error && error.name === 'PalierError') throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    const problem = code === 'ENOENT' ? 'there is none' : code === 'EACCES' ? 'no permission' : (message ?? 'no file');
    throw loadError('PALIER_LOAD_FILE', { key, file: path, problem }, { cause: error });
  }
}

/** Whether the system will make this file, and has not yet. */
export function isUnmade(file: string, { dataFolder }: FileSource): boolean {
  return dataFolder === null && file.startsWith(dataMark);
}

/** Throws `PALIER_LOAD_HEADER`. */
export function checkHeaders(headers: Readonly<Record<string, string>>, key: string): void {
  for (const header of Object.keys(headers)) {
    const problem = framing.has(header.toLowerCase())
      ? 'which follows from the body'
      : token.test(header)
        ? undefined
        : 'which is no name of a header';
    if (problem !== undefined) throw loadError('PALIER_LOAD_HEADER', { key: `${key}.headers`, header, problem });
  }
}

function splitRequest(request: string): [method: string, path: string] {
  const space = request.indexOf(' ');
  return [request.slice(0, space), request.slice(space + 1)];
}

function bodyOf(step: RequestStepFile, key: string, source: FileSource): PlannedBody | null {
  if (step.json !== undefined) return { kind: 'json', json: step.json satisfies JsonValue };
  if (step.body !== undefined) return { kind: 'text', text: step.body };
  if (step.form === undefined) return null;
  const parts = Object.entries(step.form).map(([name, value]): PlannedPart => {
    if (typeof value === 'string') return { name, text: value };
    return filePart(name, value, `${key}.form.${name}`, source);
  });
  return { kind: 'form', parts };
}

function filePart(name: string, file: FormFile, key: string, source: FileSource): PlannedPart {
  const content = readNamed(file.file, key, source, planLimits.maxFormFileBytes);
  return {
    name,
    filename: file.filename ?? basename(file.file),
    contentType: file.contentType ?? contentTypes[extname(file.file).toLowerCase()] ?? 'application/octet-stream',
    base64: Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString('base64'),
  };
}
