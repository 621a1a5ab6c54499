import calculateSlot from 'cluster-key-slot';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { countersOf, loadsOf, timeBetween, weightsOf } from './load.ts';
import { countLine, emptySample, hashTag } from './sample.ts';

const places = new Map([
  ['get', 1],
  ['set', 1],
  ['ping', 0],
  ['object', 2],
  ['evalsha', 0],
]);
const sum = (list: Iterable<number>): number => [...list].reduce((all, one) => all + one, 0);

/** As `sdscatrepr` of Redis writes it. */
function quoted(bytes: Uint8Array): string {
  const named: Readonly<Record<number, string>> = {
    10: '\\n',
    13: '\\r',
    9: '\\t',
    7: '\\a',
    8: '\\b',
    34: '\\"',
    92: '\\\\',
  };
  const signs = [...bytes].map(
    (byte) =>
      named[byte] ??
      (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`),
  );
  return `"${signs.join('')}"`;
}

function line(address: string, ...words: readonly (string | Uint8Array)[]): string {
  const list = words.map((word) => quoted(typeof word === 'string' ? Buffer.from(word) : word));
  return `1339518083.107412 [0 ${address}] ${list.join(' ')}`;
}

test('the slot of any key is found, whatever bytes it has and whatever stands behind it', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1 }), fc.uint8Array(), (key, value) => {
      const sample = emptySample();
      countLine(sample, line('127.0.0.1:1', 'SET', key, value), places);
      countLine(sample, line('127.0.0.1:1', 'evalsha', 'sha', '2', key, 'other', value), places);
      const commands = sample.calls.get(calculateSlot(Buffer.from(key)));
      expect([...(commands ?? [])]).toEqual([
        ['set', 1],
        ['evalsha', 1],
      ]);
    }),
  );
});

test('what a script does, what names no key and what is no line counts for no slot', () => {
  const sample = emptySample();
  for (const one of [
    line('lua', 'GET', 'a'),
    line('127.0.0.1:1', 'PING'),
    line('127.0.0.1:1', 'EVALSHA', 's', '0'),
    'OK',
    '',
  ]) {
    countLine(sample, one, places);
  }
  expect([sample.calls.size, sample.lines, sample.keyless]).toEqual([0, 2, 2]);
  countLine(sample, line('127.0.0.1:1', 'OBJECT', 'freq', 'token:{17}:x'), places);
  expect(hashTag([...sample.keys.values()][0] ?? '')).toBe('17');
});

test('the time of a server is dealt over its slots, all of it and no more', () => {
  const call = fc.record({ slot: fc.integer({ min: 0, max: 9 }), name: fc.constantFrom('get', 'set') });
  fc.assert(
    fc.property(fc.array(call, { minLength: 1 }), fc.integer({ min: 0, max: 1e6 }), (calls, besideUs) => {
      const sample = emptySample();
      for (const { slot, name } of calls) countLine(sample, line('127.0.0.1:1', name, `{${slot}}`), places);
      const seen = new Set(calls.map(({ name }) => name));
      const stats = [...seen].map((name) => `cmdstat_${name}:calls=300,usec=900,usec_per_call=3`).join('\r\n');
      const busy = seen.size * 900;
      const cpu = `used_cpu_user_main_thread:${(busy + besideUs) / 1e6}\r\nused_cpu_sys_main_thread:0.0\r\n`;
      const time = timeBetween(countersOf('', ''), countersOf(stats, cpu), 1000);
      const loads = loadsOf(time, sample);
      expect(sum([...loads.values()].map(({ callsPerSecond }) => callsPerSecond))).toBeCloseTo(300 * seen.size, 6);
      expect(sum([...loads.values()].map(({ timeShare }) => timeShare))).toBeCloseTo((busy + besideUs) / 1e6, 9);
    }),
  );
});

test('who came once each makes slots even; who came to a few again and again leaves the others nearly nothing', () => {
  const slots = Array.from({ length: 1000 }, (_, i) => i);
  const load = (share: number) => ({ callsPerSecond: 1, timeShare: share });
  const visited = [...Array(50).keys()];
  const once = weightsOf(
    new Map(visited.map((slot) => [slot, load(0.01)])),
    { visits: new Map(visited.map((slot) => [slot, 1])) },
    0.5,
    slots,
  );
  expect((once.get(0) as number) / (once.get(999) as number)).toBeCloseTo(1, 6);
  const often = weightsOf(
    new Map(visited.map((slot) => [slot, load(0.01)])),
    { visits: new Map(visited.map((slot) => [slot, 100])) },
    0.5,
    slots,
  );
  expect(sum(slots.slice(50).map((slot) => often.get(slot) as number))).toBeLessThan(0.001 * sum(often.values()));
  const idle = weightsOf(new Map(), { visits: new Map() }, 0, slots);
  expect(new Set(idle.values()).size).toBe(1);
  expect(idle.get(0)).toBeGreaterThan(0);
  // Whose calls all came while nobody watched is not idle.
  expect(sum(weightsOf(new Map(), { visits: new Map() }, 0.5, slots).values())).toBeCloseTo(0.5, 3);
});

test('what one connection asks of a slot in a row is one visit', () => {
  const sample = emptySample();
  for (const [address, key] of [
    ['a', 'x'],
    ['a', 'x'],
    ['b', 'x'],
    ['a', 'y'],
    ['a', 'x'],
  ] as const) {
    countLine(sample, line(address, 'GET', key), places);
  }
  expect(sample.visits.get(calculateSlot('x'))).toBe(3);
});
