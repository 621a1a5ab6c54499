import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCpuList, pinningOf } from './pinning.ts';

describe('pinningOf', () => {
  it('keeps the system off the generator’s core when its allotments fit on the others', () => {
    expect(pinningOf([0, 1, 2, 3], 1.5)).toMatchObject({ generatorCpus: [3], systemCpus: [0, 1, 2] });
  });

  it('lets the system use all cores when it would not fit, or when its need is unknown', () => {
    expect(pinningOf([0, 1], 1.5)).toMatchObject({ generatorCpus: [1], systemCpus: null });
    expect(pinningOf([0, 1], null).systemCpus).toBeNull();
  });

  it('pins nobody on one core, and says so', () => {
    expect(pinningOf([0], 0.2)).toMatchObject({ generatorCpus: null, systemCpus: null });
  });

  it('never gives the generator’s core to a pinned system, nor less than its allotments', () => {
    const cpus = fc.uniqueArray(fc.integer({ min: 0, max: 127 }), { minLength: 1 });
    fc.assert(
      fc.property(cpus, fc.double({ min: 0.1, max: 64, noNaN: true }), (list, cores) => {
        const { generatorCpus, systemCpus } = pinningOf(list, cores);
        if (systemCpus === null) return;
        expect(systemCpus).not.toContain(generatorCpus?.[0]);
        expect(systemCpus.length).toBeGreaterThan(cores);
      }),
    );
  });
});

describe('parseCpuList', () => {
  it('reads ranges and single cores as the kernel writes them', () => {
    expect(parseCpuList('0-3,6\n')).toEqual([0, 1, 2, 3, 6]);
    expect(parseCpuList('5')).toEqual([5]);
    expect(parseCpuList('')).toEqual([]);
  });
});
