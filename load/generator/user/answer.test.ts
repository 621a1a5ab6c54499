import type { PlannedCheck, PlannedStep } from '@palier/protocol';
import { describe, expect, it } from 'vitest';
import { stepOf } from '../testing/plan.ts';
import { type Answer, compileAnswer, type Fault } from './answer.ts';
import type { Values } from './template.ts';

const page = {
  status: 200,
  body: Buffer.from('{"user":{"id":7},"items":[{"id":1}]}'),
  bodyTooLarge: false,
  headers: [],
};

function look(step: Partial<PlannedStep>, change: Partial<Answer> = {}): { fault: Fault | null; values: Values } {
  const values: Values = { number: 0, task: 0, taken: [], traceUser: 0, traceRequest: 0, missing: '' };
  const places = new Map<string, number>();
  const place = (name: string): number => {
    if (!places.has(name)) places.set(name, places.size);
    return places.get(name) as number;
  };
  const names = (name: string) => (inner: Values) => (name === 'seven' ? 7 : inner.taken[place(name)]);
  const fault = compileAnswer(stepOf(step), names, place).assess({ ...page, ...change }, values);
  return { fault, values };
}

function checked(check: Partial<PlannedCheck>, change: Partial<Answer> = {}): Fault | null {
  return look({ check: { status: [], contains: null, json: {}, ...check } }, change).fault;
}

describe('compileAnswer', () => {
  it('wants any 2xx, or exactly what the check names', () => {
    expect(checked({}, { status: 204 })).toBeNull();
    expect(checked({ status: [404, 410] }, { status: 410 })).toBeNull();
    expect(checked({}, { status: 302, body: null })).toEqual({ kind: 'check', text: '302 Found; expected 2xx' });
    expect(checked({ status: [201] })).toEqual({ kind: 'check', text: '200 OK; expected 201' });
    expect(checked({}, { status: 404, body: null })).toEqual({ kind: '4xx', text: '404 Not Found' });
    expect(checked({}, { status: 502, body: Buffer.from('oh') })).toEqual({
      kind: '5xx',
      text: '502 Bad Gateway: "oh"',
    });
  });

  it('looks for a text in the body', () => {
    expect(checked({ contains: '"id":{{seven}}' })).toBeNull();
    expect(checked({ contains: 'nine' })?.text).toContain('the body does not contain "nine"');
  });

  it('compares values of the JSON body by path', () => {
    expect(checked({ json: { 'user.id': '{{seven}}', 'items.0.id': 1, items: [{ id: 1 }] } })).toBeNull();
    expect(checked({ json: { 'items.0.id': 2 } })?.text).toBe('items.0.id is 1; expected 2');
    expect(checked({ json: { 'user.name': 'ada' } })?.text).toBe('user.name is not there; expected "ada"');
    expect(checked({ json: { 'user.constructor': 1 } })?.text).toContain('is not there');
    expect(checked({ json: { a: 1 } }, { body: Buffer.from('<html>') })?.text).toContain('the body is no JSON');
    expect(checked({ json: { a: '{{nobody}}' } })?.text).toContain('{{nobody}}');
  });

  it('says so when the body is too large to be looked at', () => {
    expect(checked({ contains: 'x' }, { body: null, bodyTooLarge: true })?.text).toContain('larger than 10 MiB');
  });

  it('takes values of the body and of headers, and undefined where there is none', () => {
    const take = { id: 'user.id', where: 'header:Location', lost: 'no.where' };
    expect(look({ take }, { headers: ['/a/1'] }).values.taken).toEqual([7, '/a/1', undefined]);
    const { keepBody, keepHeaders } = compileAnswer(
      stepOf({ take }),
      () => () => undefined,
      () => 0,
    );
    expect({ keepBody, keepHeaders }).toEqual({ keepBody: true, keepHeaders: ['location'] });
  });

  it('takes nothing from a failed answer', () => {
    expect(look({ take: { id: 'user.id' } }, { status: 500 }).values.taken).toEqual([]);
  });
});
