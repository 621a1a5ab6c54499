import { describe, expect, it, vi } from 'vitest';
import { believed, whyNot } from './believed.ts';

/** Ends with these statuses, one after the other. */
function runs(...statuses: readonly number[]) {
  const left = statuses.values();
  const run = vi.fn(async () => ({ status: left.next().value as number, text: 'INVALID' }));
  const context = { task: { name: 'a test', meta: {} } } as Parameters<typeof believed>[0];
  const printed: string[] = [];
  const warn = vi.spyOn(console, 'warn').mockImplementation((line: string) => void printed.push(line));
  const outcome = believed(context, run, whyNot).finally(() => warn.mockRestore());
  return { outcome, run, printed, context };
}

describe('believed()', () => {
  it.each([0, 1, 2, null])('never repeats a run that ended with %s', async (status) => {
    const { outcome, run, context } = runs(status as number, 0);
    expect(await outcome).toMatchObject({ status });
    expect(run).toHaveBeenCalledTimes(1);
    expect(context.task.meta).toEqual({});
  });

  it('repeats one that says that it cannot be believed, prints it and counts it', async () => {
    const { outcome, printed, context } = runs(3, 3, 1);
    expect(await outcome).toMatchObject({ status: 1 });
    expect(context.task.meta).toEqual({ repeats: 2 });
    expect(printed.map((line) => line.split(': ').at(-1))).toEqual(['INVALID', 'INVALID']);
  });

  it('ends with the third', async () => {
    const { outcome, run } = runs(3, 3, 3, 0);
    expect(await outcome).toMatchObject({ status: 3 });
    expect(run).toHaveBeenCalledTimes(3);
  });
});
