import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { generatorCores, parseCpuList, pinningOf } from './pinning.ts';

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

describe('generatorCores', () => {
  it('is what the allotments leave, half when they are unknown, all when the target is elsewhere, and never none', () => {
    expect(generatorCores([0, 1, 2, 3], 1.5, 'own')).toBe(2);
    expect(generatorCores([0, 1, 2, 3], 8, 'own')).toBe(1);
    expect(generatorCores([0, 1, 2, 3], null, 'own')).toBe(2);
    expect(generatorCores([0, 1, 2, 3], null, 'here')).toBe(2);
    expect(generatorCores([0, 1, 2, 3], null, 'elsewhere')).toBe(4);
    expect(generatorCores([0], null, 'here')).toBe(1);
  });

  it('gives several generators the last cores and leaves at least one to the system', () => {
    expect(pinningOf([0, 1, 2, 3], 1.5, 2)).toMatchObject({ generatorCpus: [2, 3], systemCpus: [0, 1] });
    expect(pinningOf([0, 1], 0.5, 2)).toMatchObject({ generatorCpus: [1], systemCpus: [0] });
    const cpus = fc.uniqueArray(fc.integer({ min: 0, max: 127 }), { minLength: 2 });
    fc.assert(
      fc.property(cpus, fc.option(fc.double({ min: 0.1, max: 64, noNaN: true })), (list, cores) => {
        const count = generatorCores(list, cores, 'own');
        const { generatorCpus, systemCpus } = pinningOf(list, cores, count);
        expect(generatorCpus?.length).toBe(Math.min(count, list.length - 1));
        expect(systemCpus === null || systemCpus.every((cpu) => generatorCpus?.includes(cpu) === false)).toBe(true);
        // As many generators as there are cores for never crowd the system out.
        expect(cores === null || cores + 0.25 > list.length - 1 || systemCpus !== null).toBe(true);
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
