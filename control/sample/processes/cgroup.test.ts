import { expect, test } from 'vitest';
import { cgroupFigures, cgroupMembers } from './cgroup.ts';

const reading = (files: Readonly<Record<string, string>>) => (path: string) => files[path];

test('version 2 tells everything in one folder, in microseconds', () => {
  const read = reading({
    '/g/cpu.stat': 'usage_usec 2500000\nuser_usec 1\nnr_throttled 3\nthrottled_usec 40000\n',
    '/g/cgroup.procs': '12\n345\n',
  });
  expect(cgroupFigures(['/g'], read)).toEqual({ cpuMs: 2500, throttledMs: 40 });
  expect(cgroupMembers(['/g'], read)).toEqual([12, 345]);
});

test('version 1 tells it in two folders, in nanoseconds, whatever their order', () => {
  const read = reading({
    '/cpu/cpu.stat': 'nr_periods 9\nnr_throttled 3\nthrottled_time 40000000\n',
    '/cpuacct/cpuacct.usage': '2500000000\n',
  });
  const figures = { cpuMs: 2500, throttledMs: 40 };
  expect(cgroupFigures(['/cpu', '/cpuacct'], read)).toEqual(figures);
  expect(cgroupFigures(['/cpuacct', '/memory', '/cpu'], read)).toEqual(figures);
});

test('a group that does not tell its CPU time, or is none, has no figures', () => {
  const read = reading({ '/cpu/cpu.stat': 'nr_periods 9\nthrottled_time 4\n' });
  expect(cgroupFigures(['/cpu'], read)).toBeNull();
  expect(cgroupFigures([], read)).toBeNull();
  expect(cgroupMembers([], read)).toEqual([]);
});
