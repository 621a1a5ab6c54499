import type { PlannedStep, Target } from '@palier/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RequestParser } from '@palier/base/http1';
import type { Request } from '../client/request.ts';
import { stepOf } from '../testing/plan.ts';
import { compileRequest } from './request.ts';
import type { LookUp, Values } from './template.ts';
import { tracerOf } from './trace.ts';

const target: Target = { host: '127.0.0.1', port: 80, basePath: '/api', authority: 'shop:80', tls: null };
const tracer = tracerOf(1, 0);
const wanted = { keepBody: false, keepHeaders: [] };

function made(
  step: Partial<PlannedStep>,
  known: Record<string, unknown> = {},
): { request: Request | null; values: Values } {
  const values: Values = { number: 0, task: 0, taken: [], traceUser: 3, traceRequest: 1, missing: '' };
  const names =
    (name: string): LookUp =>
    () =>
      known[name] as ReturnType<LookUp>;
  return { request: compileRequest(stepOf(step), target, names, wanted, tracer)(values), values };
}

function textOf(step: Partial<PlannedStep>, known: Record<string, unknown> = {}): string {
  const { request } = made(step, known);
  if (request === null) throw new Error('a value is missing');
  const bytes = Buffer.concat([Buffer.from(request.bytes as string), Buffer.from(request.rest ?? '')]);
  expect(request.length).toBe(bytes.length);
  return bytes.toString();
}

describe('compileRequest', () => {
  it('writes a step without values once, as one buffer', () => {
    const compiled = compileRequest(stepOf({ path: '/list' }), target, () => () => undefined, wanted, tracer);
    const values: Values = { number: 0, task: 0, taken: [], traceUser: 3, traceRequest: 1, missing: '' };
    expect(compiled(values)).toBe(compiled(values));
    expect(String(compiled(values)?.bytes)).toBe(
      'GET /api/list HTTP/1.1\r\nhost: shop:80\r\nuser-agent: palier\r\naccept: */*\r\n' +
        `traceparent: ${tracer.template}\r\n\r\n`,
    );
  });

  it("takes a step's header in the place of its own", () => {
    const text = textOf({ headers: { 'User-Agent': 'me', Authorization: 'Bearer {{token}}' } }, { token: 't' });
    expect(text).toContain('\r\nuser-agent: me\r\n');
    expect(text).toContain('\r\nauthorization: Bearer t\r\n');
  });

  it('states the length of every body in octets', () => {
    expect(textOf({ method: 'POST' })).toMatch(/\r\ncontent-length: 0\r\n\r\n$/);
    expect(textOf({ method: 'POST', body: { kind: 'text', text: 'é' } })).toMatch(/\r\ncontent-length: 2\r\n\r\né$/);
    const withValue = textOf({ method: 'PUT', body: { kind: 'text', text: '{{a}}!' } }, { a: 'é' });
    expect(withValue).toMatch(/\r\ncontent-length: 3\r\n\r\né!$/);
  });

  it('counts octets, not characters, wherever a value or a fixed text stands', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string(), fc.double({ noNaN: true }));
    fc.assert(
      fc.property(text, text, fc.constantFrom('plain', 'é'), (a, b, fixed) => {
        // textOf holds the length against the octets.
        expect(textOf({ path: '/é/{{a}}' }, { a })).toMatch(/^GET \/api\/%C3%A9\/[^ ]* HTTP\/1\.1\r\n/);
        expect(textOf({ path: '/{{a}}', headers: { 'x-a': fixed } }, { a })).toContain(`\r\nx-a: ${fixed}\r\n`);
        expect(textOf({ path: '/{{a}}', headers: { 'x-b': '{{b}}' } }, { a, b })).toContain('\r\nx-b: ');
      }),
    );
  });

  it('keeps the type of a value that is all of a JSON text, and quotes it inside a longer one', () => {
    const json = { id: '{{id}}', name: 'a {{name}}', list: ['{{flag}}', 1, null, {}], 'k"': '"' };
    const text = textOf({ method: 'POST', body: { kind: 'json', json } }, { id: 7, name: 'q"\n', flag: true });
    expect(JSON.parse(text.split('\r\n\r\n')[1] as string)).toEqual({
      id: 7,
      name: 'a q"\n',
      list: [true, 1, null, {}],
      'k"': '"',
    });
    expect(text).toContain('content-type: application/json\r\n');
  });

  it('builds a form that an independent reader understands', async () => {
    const base64 = Buffer.from([0, 13, 10, 255]).toString('base64');
    const parts = [
      { name: 'group "x"', text: 'A{{n}}' },
      { name: 'file', filename: 'b.epub', contentType: 'application/epub+zip', base64 },
    ];
    const { request } = made({ method: 'POST', body: { kind: 'form', parts } }, { n: 5 });
    const head = String(request?.bytes);
    const type = /content-type: (.*)\r\n/.exec(head)?.[1] as string;
    const form = await new Response(request?.rest as Uint8Array<ArrayBuffer>, {
      headers: { 'content-type': type },
    }).formData();
    expect(form.get('group "x"')).toBe('A5');
    const file = form.get('file') as File;
    expect([file.name, file.type]).toEqual(['b.epub', 'application/epub+zip']);
    expect([...new Uint8Array(await file.arrayBuffer())]).toEqual([0, 13, 10, 255]);
  });

  it('sends a trace with every request, unless the step sets its own', () => {
    const own = { headers: { TraceParent: 'mine' } };
    for (const path of ['/', '/{{a}}']) {
      expect(textOf({ path }, { a: 1 })).toMatch(/\r\ntraceparent: 00-[0-9a-f]{32}-[0-9a-f]{16}-01\r\n/);
      expect(textOf({ path, ...own }, { a: 1 })).toMatch(/\r\ntraceparent: mine\r\n\r\n/);
      expect(textOf({ path, method: 'POST', body: { kind: 'text', text: 'b' } }, { a: 1 })).toContain(
        'traceparent: 00-',
      );
    }
    expect(made(own).request?.traceAt).toBe(-1);
    const { request } = made({});
    expect(String(request?.bytes).slice(request?.traceAt)).toMatch(/^00-/);
  });

  it('names the value that is missing', () => {
    const { request, values } = made({ path: '/{{ user.id }}' }, { user: { name: 'ada' } });
    expect(request).toBeNull();
    expect(values.missing).toBe('user.id');
  });

  it('writes one strict request whatever the values are', () => {
    const anything = fc.oneof(fc.string({ unit: 'binary' }), fc.string(), fc.integer());
    fc.assert(
      fc.property(anything, anything, anything, (a, b, c) => {
        const text = textOf(
          {
            method: 'POST',
            path: '/x/{{a}}?q={{a}}',
            headers: { 'x-b': 'b {{b}}' },
            body: { kind: 'text', text: '{{c}}' },
          },
          { a, b, c },
        );
        const bytes = Buffer.from(text);
        const parser = new RequestParser();
        expect(parser.parse(bytes, 0, bytes.length)).toBe('head');
        expect(parser.headBytes + parser.contentLength).toBe(bytes.length);
        expect(parser.headerCount).toBe(6);
      }),
    );
  });
});
