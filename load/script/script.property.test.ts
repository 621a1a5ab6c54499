import { spawnSync } from 'node:child_process';
import { runInNewContext, Script } from 'node:vm';
import type { JsonValue } from '@palier/protocol';
import { needs } from '@palier/testkit/program';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { literal, string, text } from './k6/javascript.ts';
import { layOut } from './layout.ts';
import { literal as pythonLiteral } from './locust/python.ts';
import type { ScriptSource } from './options.ts';
import { writeScript } from './script.ts';
import { sourceOf, stepOf } from './testing/source.ts';
import type { Value } from './texts.ts';

const python = needs('python3', { debian: 'python3' });

/** Whatever could end a literal, a comment or a line, and names that languages have for themselves. */
const nasty = fc.oneof(
  fc.constantFrom(
    '',
    "'",
    '"',
    '`',
    '\\',
    '${x}',
    '{x}',
    '*/',
    '"""',
    "'''",
    '\n',
    '\r\n',
    '\u2028',
    '\0',
    '\ud800',
    '#',
    '//',
  ),
  fc.constantFrom(
    'class',
    'def',
    'import',
    'self',
    'res',
    'constructor',
    '__proto__',
    'token',
    'client',
    'a b',
    '1',
    'é',
  ),
  fc.string({ unit: 'binary', maxLength: 12 }),
);
const hostile = fc.array(nasty, { maxLength: 4 }).map((parts) => parts.join(''));
const json: fc.Arbitrary<JsonValue> = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 2 },
    fc.oneof(
      hostile,
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
      fc.constant(null),
    ),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(hostile, tie('value'), { maxKeys: 3 }),
  ),
})).value;

const source: fc.Arbitrary<ScriptSource> = fc
  .record({
    words: fc.array(hostile, { minLength: 12, maxLength: 12 }),
    body: json,
    kind: fc.nat(3),
    pick: fc.boolean(),
  })
  .map(({ words, body, kind, pick }) => {
    const [a, b, c, d, e, f, g, h, i, j, k, l] = words as [
      string,
      string,
      string,
      string,
      string,
      string,
      string,
      string,
      string,
      string,
      string,
      string,
    ];
    // As checkSystem reads it: what stands in braces is a name without braces, its ends cut.
    const name = (word: string): string => word.replace(/[{}.]/g, '').trim();
    const [row, drawn, taken] = [name(a), name(b), name(c)];
    const slots = `{{${row}.${name(d)}}}${e}{{${drawn}}}{{ ${taken} }}`;
    const parts = [
      { name: `1${f}`, text: slots },
      { name: `2${g}`, filename: h, contentType: i, base64: '' },
    ];
    const step = stepOf({
      route: j,
      method: ['GET', 'POST', 'DELETE', 'OPTIONS'][kind] as string,
      path: `/${f}${slots}`,
      headers: { [g]: slots, [h]: i },
      body:
        (
          [null, { kind: 'text', text: slots }, { kind: 'json', json: [body, slots] }, { kind: 'form', parts }] as const
        )[kind] ?? null,
      take: { [taken]: k, [l]: `header:${e}` },
      check: { status: [200, 201].slice(kind), contains: slots, json: { [k]: body, [l]: slots } },
    });
    return sourceOf({
      plan: {
        scenario: a,
        start: pick ? [step] : [],
        tasks: [
          { name: k, weight: 33.3, steps: [step, step] },
          { name: l, weight: 66.7, steps: [step] },
        ],
        data: { [row]: { pick: pick ? 'each-user' : 'random', rows: [{ [name(d)]: body, [e]: f }] } },
        draw: { [drawn]: { oneOf: [g, 7] } },
      },
      scenario: {
        description: b,
        limits: {
          p95Ms: 5,
          errorPercent: 1,
          routes: { [j]: { p99Ms: 7 } },
          metrics: { [c]: { metric: 'x', as: 'rate', max: 1 } },
        },
      },
      source: { system: c, configName: d, scriptName: e, pathOf: (file) => `${file}${g}`, baseUrl: pick ? null : f },
    });
  });

describe('whatever the names and values are', () => {
  it('a k6 script parses', () => {
    fc.assert(
      fc.property(source, (given) => {
        const { text: module } = writeScript('k6', given);
        // As a script, in strict mode as modules are: node:vm parses modules only behind a flag.
        const script = module.replace(/^import .*$/gm, '').replace(/^export (default )?/gm, '');
        expect(() => new Script(`'use strict';${script.replace(/^function \(\)/m, 'function main()')}`)).not.toThrow();
      }),
      { numRuns: 300 },
    );
  });

  it('a Locust script parses, and its literals are the values', python.options, () => {
    const scripts = fc.sample(source, 150).map((given) => writeScript('locust', given).text);
    const values = fc.sample(json, 150);
    const code = `
import ast, json, sys
given = json.load(sys.stdin)
for script in given["scripts"]:
    ast.parse(script)
plain = [json.dumps(ast.literal_eval(text), sort_keys=True) for text in given["literals"]]
print([text for text, value in zip(plain, given["values"]) if text != json.dumps(value, sort_keys=True)])
`;
    const literals = values.map((value) => layOut(pythonLiteral(value), 0, 4));
    const { stdout, stderr, status } = spawnSync(python.path as string, ['-c', code], {
      input: JSON.stringify({ scripts, literals, values }),
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    });
    // Python compares: V8's JSON.parse now and then takes a key that is one escaped character, as Python writes it, for a backslash.
    expect({ stdout, stderr, status }).toEqual({ stdout: '[]\n', stderr: '', status: 0 });
  });

  it('literals of JavaScript are the values', () => {
    fc.assert(
      fc.property(json, hostile, hostile, (value, before, put) => {
        const eval_ = (code: string): unknown =>
          JSON.parse(JSON.stringify(runInNewContext(`(${code})`, { put }))) as unknown;
        expect(eval_(layOut(literal(value), 0, 2))).toEqual(JSON.parse(JSON.stringify(value)));
        expect(eval_(string(before))).toBe(before);
        const only: Value = { first: 'put', path: [], kind: 'draw', plain: true, text: false, urlSafe: false };
        const names = { values: () => only, variable: () => 'put', use: (helper: string) => helper };
        const fixed = before.replace(/[{}]/g, '');
        expect(eval_(text(`${fixed}{{put}}${fixed}`, names))).toBe(fixed + put + fixed);
      }),
    );
  });
});
