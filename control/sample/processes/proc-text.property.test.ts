import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  descriptorLimitOf,
  machineTicksOf,
  runQueueMsOf,
  pageBytesOf,
  parseNumbers,
  parsePids,
  parseStat,
  throttledMsOf,
} from './proc-text.ts';

const number = fc.nat({ max: 2 ** 40 });

test('a process may call itself anything, spaces and parentheses included, and its figures are still found', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 15 }), fc.array(number, { minLength: 52, maxLength: 52 }), (name, fields) => {
      const text = `${fields[0]} (${name}) S ${fields.slice(3).join(' ')}\n`;
      expect(parseStat(text)).toEqual({
        pid: fields[0],
        name,
        state: 'S',
        parentPid: fields[3],
        userTicks: fields[13],
        systemTicks: fields[14],
        endedUserTicks: fields[15],
        endedSystemTicks: fields[16],
        threads: fields[19],
        startTicks: fields[21],
        rssPages: fields[23],
      });
    }),
  );
});

test('a text that is none of these has no figures, and nothing throws', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      fc.pre(!/\d+ \(.*\) \S /s.test(text));
      expect(parseStat(text)).toBeUndefined();
      parsePids(text);
      parseNumbers(text);
    }),
  );
  expect(parseStat('12 (cut off) S 1 2')).toBeUndefined();
});

test('io and cpu.stat are the same kind of list', () => {
  expect([...parseNumbers('rchar: 12\nread_bytes: 4096\nwrite_bytes: 0\n')]).toEqual([
    ['rchar', 12],
    ['read_bytes', 4096],
    ['write_bytes', 0],
  ]);
  expect(throttledMsOf(parseNumbers('usage_usec 9000\nnr_periods 3\nthrottled_usec 2500\n'))).toBe(2.5);
  expect(throttledMsOf(parseNumbers('nr_periods 3\nnr_throttled 1\nthrottled_time 2500000\n'))).toBe(2.5);
  expect(throttledMsOf(parseNumbers('usage_usec 9000\n'))).toBeUndefined();
});

test('limits, run queue and the time of all cores are read from their lines', () => {
  const limits =
    'Max processes             95911                95911                processes\nMax open files            64 20000                files\n';
  expect(descriptorLimitOf(limits)).toBe(64);
  expect(
    descriptorLimitOf('Max open files            unlimited            unlimited            files'),
  ).toBeUndefined();
  expect(runQueueMsOf('160420000 73999000 25\n')).toBeCloseTo(73.999);
  expect(machineTicksOf('cpu  10 1 5 100 7 1 2 3 9 0\ncpu0 5 1\ncpu1 5 0\nintr 5')).toEqual({
    busy: 19,
    steal: 3,
    ioWait: 7,
    total: 129,
    cores: 2,
  });
  expect(machineTicksOf('intr 5')).toBeUndefined();
});

test('the page size is the sixth entry of the auxiliary vector, whatever its place', () => {
  const words = new BigUint64Array([33n, 1234n, 6n, 16384n, 17n, 100n, 0n, 0n]);
  expect(pageBytesOf(new Uint8Array(words.buffer))).toBe(16384);
  expect(pageBytesOf(new Uint8Array(7))).toBeUndefined();
});
