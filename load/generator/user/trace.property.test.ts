import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderText, type Values } from './template.ts';
import { type Traced, tracerOf } from './trace.ts';

const traceparent = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-01$/;
const number = fc.nat(2 ** 31 - 1);
const traced: fc.Arbitrary<Traced> = fc.record({ traceUser: number, traceRequest: number });
const started = fc.integer({ min: 0, max: 2 ** 45 });

describe('tracerOf', () => {
  it('writes the same valid traceparent in place as in a text, and names its trace', () => {
    fc.assert(
      fc.property(fc.integer(), started, traced, fc.nat(20), (seed, startedAtEpochMs, of, at) => {
        const tracer = tracerOf(seed, startedAtEpochMs);
        const text = renderText(tracer.text, { ...of } as Values) as string;
        expect(text).toMatch(traceparent);
        expect(text.slice(3, 35)).toBe(tracer.idOf(of));
        const bytes = Buffer.from(`${'x'.repeat(at)}${tracer.template}\r\n`);
        tracer.stamp(bytes, at, of);
        expect(bytes.toString()).toBe(`${'x'.repeat(at)}${text}\r\n`);
      }),
    );
  });

  it('never gives two requests of a run the same trace', () => {
    const { idOf } = tracerOf(1, 1_700_000_000_000);
    fc.assert(
      fc.property(traced, traced, (a, b) => {
        const same = a.traceUser === b.traceUser && a.traceRequest === b.traceRequest;
        expect(idOf(a) === idOf(b)).toBe(same);
      }),
    );
    const ids = new Set<string>();
    for (let traceUser = 0; traceUser < 200; traceUser++) {
      for (let traceRequest = 1; traceRequest <= 100; traceRequest++) ids.add(idOf({ traceUser, traceRequest }));
    }
    expect(ids.size).toBe(20_000);
  });

  it('gives two runs of the same seed traces of their own', () => {
    fc.assert(
      fc.property(started, traced, (at, of) => {
        expect(tracerOf(1, at).idOf(of)).not.toBe(tracerOf(1, at + 1).idOf(of));
      }),
    );
  });
});
