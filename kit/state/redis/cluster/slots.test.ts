import { expect, test } from 'vitest';
import { slotRanges } from './slots.ts';

const asked = { host: '10.0.0.9', port: 7000 };

test('ranges name the primary; an empty host is the one that was asked; what is malformed is left out', () => {
  const reply = [
    [0, 5460, [Buffer.from('10.0.0.1'), 7000, Buffer.from('id')], [Buffer.from('10.0.0.4'), 7003, Buffer.from('id4')]],
    [5461, 10922, [Buffer.from(''), 7001, Buffer.from('id2')]],
    [10923, 16383, [null, 7002]],
    [16000, 20000, [Buffer.from('10.0.0.3'), 1]],
    ['x', 1, []],
    null,
  ];
  expect(slotRanges(reply as never, asked)).toEqual([
    { from: 0, to: 5460, primary: { host: '10.0.0.1', port: 7000 } },
    { from: 5461, to: 10922, primary: { host: '10.0.0.9', port: 7001 } },
    { from: 10923, to: 16383, primary: { host: '10.0.0.9', port: 7002 } },
  ]);
  expect(slotRanges(null, asked)).toEqual([]);
});
