/** The steps of a task as Python: the request, what is expected of the answer, what is kept of it. */
import type { JsonValue, PlannedPart, PlannedStep } from '@palier/protocol';
import { type Doc, group, layOut, prefixed, suffixed } from '../layout.ts';
import { dictionary, json, literal, type Names, string, text, url } from './python.ts';

export interface StepNames extends Names {
  /** The constant that holds a file's bytes. */
  readonly file: (step: PlannedStep, part: PlannedPart) => string;
  readonly timeoutSeconds: number;
}

/** The lines of a method's body; it ends early, and gives False where `result` is wanted, at the first step that goes wrong. */
export function stepLines(steps: readonly PlannedStep[], names: StepNames, result: boolean): string[] {
  const lines: string[] = [];
  for (const [index, step] of steps.entries()) {
    const isLast = index === steps.length - 1;
    const takes = Object.entries(step.take).filter(([name]) => names.values(name).kind.startsWith('taken'));
    lines.push(layOut(suffixed(prefixed('with ', request(step, names)), ' as res:'), 8, 4));
    const expected = group('expect(', ['res', checks(step, takes, names)], ')');
    const wanted = { ...expected, hug: true };
    if (isLast && takes.length === 0) lines.push(layOut(prefixed(result ? 'return ' : '', wanted), 12, 4));
    else {
      lines.push(
        layOut(suffixed(prefixed('if not ', wanted), ':'), 12, 4),
        `                return${result ? ' False' : ''}`,
      );
    }
    for (const [name, from] of takes) lines.push(`        ${names.variable(name)} = ${taken(from, names, 'res')}`);
    if (isLast && result && takes.length > 0) lines.push('        return True');
    if (!isLast) lines.push('');
  }
  return lines;
}

function request(step: PlannedStep, names: StepNames): Doc {
  const { method, path, headers, body } = step;
  const word = {
    GET: 'get',
    HEAD: 'head',
    POST: 'post',
    PUT: 'put',
    PATCH: 'patch',
    DELETE: 'delete',
    OPTIONS: 'options',
  }[method];
  const items: Doc[] = [url(path, names), `name=${string(step.route)}`];
  const set = Object.entries(headers).map(([name, value]): [string, Doc] => [name, text(value, names)]);
  if (set.length > 0) items.push(prefixed('headers=', dictionary(set)));
  if (body?.kind === 'json') items.push(prefixed('json=', json(body.json, names)));
  if (body?.kind === 'text') items.push(`data=${text(body.text, names)}.encode()`);
  if (body?.kind === 'form') {
    const parts = body.parts.map((part) => group('(', [string(part.name), partOf(part, step, names)], ')'));
    items.push(prefixed('files=', group('[', parts, ']')));
  }
  items.push(`timeout=${names.timeoutSeconds}`, 'allow_redirects=False', 'catch_response=True');
  return group(word === undefined ? `self.client.request(${string(method)}, ` : `self.client.${word}(`, items, ')');
}

/** As requests wants the parts of a form: a name, the content, a type; without a file no name. */
function partOf(part: PlannedPart, step: PlannedStep, names: StepNames): Doc {
  if ('text' in part) return group('(', ['None', text(part.text, names)], ')');
  return group('(', [string(part.filename), names.file(step, part), string(part.contentType)], ')');
}

function checks(step: PlannedStep, takes: readonly (readonly [string, string])[], names: StepNames): Doc {
  const { status, contains, json: wanted } = step.check;
  const items: Doc[] = [];
  const check = (what: string, holds: Doc): void => {
    items.push(group('(', [string(what), prefixed('lambda r: ', holds)], ')'));
  };
  const [first] = status;
  if (first === undefined) check('status 2xx', '200 <= r.status_code < 300');
  else if (status.length === 1) check(`status ${first}`, `r.status_code == ${first}`);
  else check(`status ${status.join(' or ')}`, `r.status_code in (${status.join(', ')})`);
  if (contains !== null) check(`body with ${contains}`, `${text(contains, names)} in r.text`);
  for (const [path, value] of Object.entries(wanted))
    check(`JSON ${path}: ${shown(value)}`, equals(path, value, names));
  for (const [name, from] of takes) check(`an answer that gives ${name}`, `${taken(from, names, 'r')} is not None`);
  return group('[', items, ']');
}

function equals(path: string, value: JsonValue, names: StepNames): Doc {
  // Inside arrays and objects nothing is put in, as with palier.
  const wanted = typeof value === 'string' ? json(value, names) : literal(value);
  return group(`${names.use('same')}(`, [jsonAt(path, names, 'r'), wanted], ')');
}

function taken(from: string, names: StepNames, res: string): string {
  if (!from.startsWith('header:')) return jsonAt(from, names, res);
  return `${res}.headers.get(${string(from.slice('header:'.length).trim().toLowerCase())})`;
}

function jsonAt(path: string, names: StepNames, res: string): string {
  return `${names.use('value_at')}(${names.use('json_of')}(${res}), ${string(path)})`;
}

function shown(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
