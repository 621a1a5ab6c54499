import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { malformedReasons } from './reason.ts';
import { message, mutation, readMessage } from './testing/messages.ts';

const cuts = fc.array(fc.nat(), { maxLength: 8 });
const damaged = fc
  .tuple(message, fc.array(mutation, { minLength: 1, maxLength: 3 }))
  .map(([{ kind, bytes }, mutations]) => ({ kind, bytes: mutations.reduce((all, mutate) => mutate(all), bytes) }));

describe('HTTP/1.1 reading', () => {
  it('finds the payload of every valid message and nothing behind it', () => {
    fc.assert(
      fc.property(message, cuts, ({ kind, bytes, payload }, at) => {
        expect(readMessage(kind, bytes, at, 0)).toMatchObject({ result: 'done', payload, left: 0 });
      }),
    );
  });

  it('gives the same result for every split of a message into windows', () => {
    fc.assert(
      fc.property(message, cuts, ({ kind, bytes }, at) => {
        expect(readMessage(kind, bytes, at, 0)).toEqual(readMessage(kind, bytes, [], 0));
      }),
    );
  });

  it('gives the same result for every split of a damaged message: same reason, never a throw, never a loop', () => {
    fc.assert(
      fc.property(damaged, cuts, ({ kind, bytes }, at) => {
        const whole = readMessage(kind, bytes, [], 0);
        expect(readMessage(kind, bytes, at, 0)).toEqual(whole);
        expect([undefined, ...malformedReasons]).toContain(whole.reason);
      }),
      { numRuns: 1000 },
    );
  });

  it('does not read outside its window: what stands around it makes no difference', () => {
    fc.assert(
      fc.property(damaged, cuts, ({ kind, bytes }, at) => {
        const readings = [0, 0x0a, 0x0d, 0x30, 0x41].map((poison) => readMessage(kind, bytes, at, poison));
        for (const reading of readings) expect(reading).toEqual(readings[0]);
      }),
      { numRuns: 300 },
    );
  });

  it('survives noise of any kind', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('request' as const, 'response' as const),
        fc.uint8Array({ maxLength: 200 }),
        cuts,
        (kind, noise, at) => {
          const bytes = Buffer.from(noise);
          expect(readMessage(kind, bytes, at, 0)).toEqual(readMessage(kind, bytes, [], 0));
        },
      ),
      { numRuns: 300 },
    );
  });
});
