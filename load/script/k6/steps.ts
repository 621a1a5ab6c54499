/** The steps of a task as JavaScript: the request, what is expected of the answer, what is kept of it. */
import type { JsonValue, PlannedBody, PlannedPart, PlannedStep } from '@palier/protocol';
import { call, type Doc, group, layOut, prefixed, suffixed } from '../layout.ts';
import { json, literal, type Names, object, string, text, url } from './javascript.ts';

export interface StepNames extends Names {
  /** The variable that holds a file's bytes. */
  readonly file: (step: PlannedStep, part: PlannedPart) => string;
  /** Whether the variable lives as long as the user does. */
  readonly keptByUser: (name: string) => boolean;
  readonly timeout: string;
}

/** The lines of a function's body; it ends early, or gives false where `result` is wanted, at the first step that goes wrong. */
export function stepLines(steps: readonly PlannedStep[], names: StepNames, result: boolean): string[] {
  const lines: string[] = [];
  const declared = new Set<string>();
  // Nothing follows the last one, unless something is taken from it.
  const stops = steps.length - (steps.slice(-1).every((step) => takesOf(step, names).length === 0) ? 1 : 0);
  for (const [index, step] of steps.entries()) {
    const isLast = index === steps.length - 1;
    const takes = takesOf(step, names);
    const set = steps.length === 1 ? 'const res = ' : index === 0 ? 'let res = ' : 'res = ';
    lines.push(layOut(suffixed(prefixed(set, request(step, names)), ';'), 2, 2));
    const expected = call('expected(', ['res', string(step.route), checks(step, takes, names)]);
    if (isLast && takes.length === 0) {
      lines.push(layOut(suffixed(prefixed(result ? 'return ' : '', expected), ';'), 2, 2));
    } else {
      const ok = stops === 1 ? 'const ok = ' : index === 0 ? 'let ok = ' : 'ok = ';
      lines.push(
        layOut(suffixed(prefixed(ok, expected), ';'), 2, 2),
        `  if (!ok) ${result ? 'return false;' : 'return;'}`,
      );
    }
    for (const [name, from] of takes) {
      const variable = names.variable(name);
      const set = names.keptByUser(name) || declared.has(name) ? '' : 'let ';
      declared.add(name);
      lines.push(`  ${set}${variable} = ${taken(from, names, 'res')};`);
    }
    if (isLast && result && takes.length > 0) lines.push('  return true;');
    if (!isLast) lines.push('');
  }
  return lines;
}

function takesOf({ take }: PlannedStep, names: StepNames): [name: string, from: string][] {
  return Object.entries(take).filter(([name]) => names.values(name).kind.startsWith('taken'));
}

function request(step: PlannedStep, names: StepNames): Doc {
  const { method, path, headers, body } = step;
  const content = bodyOf(step, names);
  const set = Object.entries(headers).map(([name, value]): [string, Doc] => [name, text(value, names)]);
  const type = contentType(body);
  const hasType = set.some(([name]) => name.toLowerCase() === 'content-type');
  const all = type === null || hasType ? set : [['content-type', type] as [string, Doc], ...set];
  const params = object([
    ...(all.length > 0 ? [['headers', object(all)] as const] : []),
    ['tags', object([['name', string(step.route)]])],
    ['timeout', string(names.timeout)],
  ]);
  const to = url(path, names);
  if (content === null && (method === 'GET' || method === 'HEAD')) {
    return call(`http.${method.toLowerCase()}(`, [to, params]);
  }
  const word = { POST: 'post', PUT: 'put', PATCH: 'patch', DELETE: 'del' }[method];
  const open = word === undefined ? 'http.request(' : `http.${word}(`;
  return call(open, [...(word === undefined ? [string(method)] : []), to, content ?? 'null', params]);
}

/** What k6 does not set by itself. */
function contentType(body: PlannedBody | null): string | null {
  if (body?.kind === 'json') return string('application/json');
  if (body?.kind === 'form' && !body.parts.some((part) => 'base64' in part)) {
    return '`multipart/form-data; boundary=${boundary}`';
  }
  return null;
}

function bodyOf(step: PlannedStep, names: StepNames): Doc | null {
  const { body } = step;
  if (body === null) return null;
  if (body.kind === 'text') return text(body.text, names);
  if (body.kind === 'json') return call('JSON.stringify(', [json(body.json, names)]);
  if (body.parts.some((part) => 'base64' in part)) {
    return object(
      body.parts.map((part): [string, Doc] => {
        if ('text' in part) return [part.name, text(part.text, names)];
        const words = [names.file(step, part), string(part.filename), string(part.contentType)];
        return [part.name, group('http.file(', words, ')')];
      }),
    );
  }
  const fields = body.parts.map((part) =>
    group('[', [string(escapeName(part.name)), 'text' in part ? text(part.text, names) : "''"], ']'),
  );
  return call(`${names.use('multipart')}(`, [group('[', fields, ']')]);
}

/** As browsers do (WHATWG HTML, multipart/form-data). */
function escapeName(name: string): string {
  return name.replace(/\r/g, '%0D').replace(/\n/g, '%0A').replace(/"/g, '%22');
}

function checks(step: PlannedStep, takes: readonly (readonly [string, string])[], names: StepNames): Doc {
  const { status, contains, json: wanted } = step.check;
  const entries: [string, Doc][] = [];
  const [first] = status;
  if (first === undefined) entries.push(['status is 2xx', '(r) => r.status >= 200 && r.status < 300']);
  else if (status.length === 1) entries.push([`status is ${first}`, `(r) => r.status === ${first}`]);
  else entries.push([`status is ${status.join(' or ')}`, `(r) => [${status.join(', ')}].includes(r.status)`]);
  if (contains !== null) {
    entries.push([`body contains ${contains}`, `(r) => (r.body ?? '').includes(${text(contains, names)})`]);
  }
  for (const [path, value] of Object.entries(wanted)) {
    entries.push([`JSON ${path} is ${shown(value)}`, equals(path, value, names)]);
  }
  for (const [name, from] of takes) entries.push([`gives ${name}`, `(r) => ${taken(from, names, 'r')} !== undefined`]);
  return object(entries);
}

function equals(path: string, value: JsonValue, names: StepNames): Doc {
  const found = `${names.use('valueAt')}(r, ${string(path)})`;
  if (typeof value !== 'object' && !(typeof value === 'string' && value.includes('{{'))) {
    return `(r) => ${found} === ${literal(value) as string}`;
  }
  // Inside arrays and objects nothing is put in, as with palier.
  const wanted = typeof value === 'string' ? json(value, names) : literal(value);
  return prefixed('(r) => ', group(`${names.use('same')}(`, [found, wanted], ')'));
}

function taken(from: string, names: StepNames, res: string): string {
  if (from.startsWith('header:')) {
    const header = from.slice('header:'.length).trim().toLowerCase();
    return `${names.use('headerOf')}(${res}, ${string(header)})`;
  }
  return `${names.use('valueAt')}(${res}, ${string(from)})`;
}

function shown(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
