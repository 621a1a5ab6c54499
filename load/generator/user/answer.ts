/** What an answer is held to and what is taken from it, compiled once per step. */
import { STATUS_CODES } from 'node:http';
import { isDeepStrictEqual } from 'node:util';
import { formatBytes } from '@palier/base/bytes';
import type { JsonValue, LoadErrorClass, PlannedCheck, PlannedStep } from '@palier/protocol';
import { generatorLimits } from '../options.ts';
import { compileText, type Names, onlySlot, plain, renderText, type Text, type Values, valueAt } from './template.ts';

/** A complete answer. */
export interface Answer {
  readonly status: number;
  /** Null when it was not kept; may hold only while the answer is looked at. */
  readonly body: Buffer | null;
  /** Whether the body was wanted but is larger than what is kept. */
  readonly bodyTooLarge: boolean;
  /** What `keepHeaders` asked for, in that order. */
  readonly headers: readonly (string | undefined)[];
}

export interface Fault {
  readonly kind: LoadErrorClass;
  readonly text: string;
}

/** Looks at an answer: the fault, or null; then the values have what is taken from it. */
export type Assess = (answer: Answer, values: Values) => Fault | null;

export interface CompiledAnswer {
  readonly assess: Assess;
  readonly keepBody: boolean;
  readonly keepHeaders: readonly string[];
}

/** Where a taken value goes to. */
export type Places = (name: string) => number;

type Take = (answer: Answer, json: () => JsonValue | undefined) => JsonValue | undefined;

export function compileAnswer(step: PlannedStep, names: Names, places: Places): CompiledAnswer {
  const { check } = step;
  const keepHeaders: string[] = [];
  const takes = Object.entries(step.take).map(([name, from]): [number, Take] => {
    if (from.startsWith('header:')) {
      const index = keepHeaders.push(from.slice('header:'.length).trim().toLowerCase()) - 1;
      return [places(name), (answer) => answer.headers[index]];
    }
    const path = from === '' ? [] : from.split('.');
    return [places(name), (_, json) => valueAt(json(), path)];
  });
  const bodyChecks = compileBodyChecks(check, names);
  const readsBody = bodyChecks.length > 0 || takes.length > keepHeaders.length;
  const assess: Assess = (answer, values) => {
    const { status } = answer;
    if (check.status.length === 0 ? status < 200 || status > 299 : !check.status.includes(status)) {
      return statusFault(answer, check);
    }
    if (!readsBody && takes.length === 0) return null;
    if (readsBody && answer.bodyTooLarge) {
      const limit = formatBytes(generatorLimits.maxBodyBytes);
      return { kind: 'check', text: `the body is larger than ${limit}, more than is kept to look at` };
    }
    const body = bodyOf(answer.body);
    for (const run of bodyChecks) {
      const text = run(body, values);
      if (text !== null) return { kind: 'check', text };
    }
    for (const [place, take] of takes) values.taken[place] = take(answer, body.json);
    return null;
  };
  return { assess, keepBody: readsBody, keepHeaders };
}

/** The body, or a message, as text and as JSON, each made when it is first asked for. */
export interface Body {
  readonly text: () => string;
  /** Undefined when it is no JSON. */
  readonly json: () => JsonValue | undefined;
}

/** What is wrong with the body, or null. */
export type BodyCheck = (body: Body, values: Values) => string | null;

export function compileBodyChecks(check: Omit<PlannedCheck, 'status'>, names: Names): BodyCheck[] {
  const checks: BodyCheck[] = [];
  if (check.contains !== null) checks.push(containsCheck(compileText(check.contains, names, plain)));
  for (const [path, expected] of Object.entries(check.json)) checks.push(jsonCheck(path, expected, names));
  return checks;
}

function containsCheck(wanted: Text): BodyCheck {
  return (body, values) => {
    const text = renderText(wanted, values);
    if (text === undefined) return `the check needs {{${values.missing}}}, which no answer gave`;
    return body.text().includes(text) ? null : `the body does not contain ${quote(text)}; it is ${quote(body.text())}`;
  };
}

function jsonCheck(path: string, expected: JsonValue, names: Names): BodyCheck {
  const keys = path === '' ? [] : path.split('.');
  const wanted = expectation(expected, names);
  return (body, values) => {
    const value = wanted(values);
    if (value === undefined) return `the check needs {{${values.missing}}}, which no answer gave`;
    const root = body.json();
    if (root === undefined) return `the body is no JSON; it is ${quote(body.text())}`;
    const found = valueAt(root, keys);
    if (found !== undefined && (Object.is(found, value) || isDeepStrictEqual(found, value))) return null;
    return `${path} is ${found === undefined ? 'not there' : quote(found)}; expected ${quote(value)}`;
  };
}

function expectation(expected: JsonValue, names: Names): (values: Values) => JsonValue | undefined {
  if (typeof expected !== 'string') return () => expected;
  const slot = onlySlot(expected, names, plain);
  if (slot === null) {
    const text = compileText(expected, names, plain);
    return (values) => renderText(text, values);
  }
  return (values) => {
    const value = slot.value(values);
    if (value === undefined) values.missing = slot.name;
    return value;
  };
}

export function bodyOf(content: Buffer | null): Body {
  let text: string | undefined;
  let json: { readonly value: JsonValue | undefined } | undefined;
  const asText = (): string => (text ??= content?.toString('utf8') ?? '');
  const asJson = (): JsonValue | undefined => (json ??= { value: parse(asText()) }).value;
  return { text: asText, json: asJson };
}

function parse(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}

function statusFault(answer: Answer, check: PlannedCheck): Fault {
  const { status, body } = answer;
  const line = `${status} ${STATUS_CODES[status] ?? ''}`.trim();
  const said = body === null || body.length === 0 ? '' : `: ${quote(body.toString('utf8', 0, 200))}`;
  if (status >= 500) return { kind: '5xx', text: `${line}${said}` };
  if (status >= 400) return { kind: '4xx', text: `${line}${said}` };
  const wanted = check.status.length === 0 ? '2xx' : check.status.join(' or ');
  return { kind: 'check', text: `${line}; expected ${wanted}` };
}

/** At most 100 characters of a value. */
export function quote(value: JsonValue): string {
  const text = JSON.stringify(typeof value === 'string' ? value.slice(0, 200) : value);
  return text.length > 100 ? `${text.slice(0, 97)}…"` : text;
}
