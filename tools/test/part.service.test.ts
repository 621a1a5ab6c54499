import { describe, expect, it } from 'vitest';
import { programPart, runProgram } from './part.ts';

const node = (script: string): string[] => ['node', '--eval', script];

describe('programPart()', () => {
  it('counts a program as one, passed or failed, and keeps what it said', async () => {
    expect(await programPart('a', '', node('')).run()).toMatchObject({ passed: 1, failed: 0 });
    const failing = await programPart('a', '', node("console.log('out'); console.error('err'); process.exit(3)")).run();
    expect(failing).toMatchObject({ passed: 0, failed: 1 });
    expect(failing.output).toMatch(/out[^]*err|err[^]*out/);
  });

  it('counts a program that is not there as failed', async () => {
    expect(await programPart('a', '', ['no-such-program-on-any-machine']).run()).toMatchObject({ failed: 1 });
  });
});

describe('runProgram()', () => {
  it('runs on the Node of the set-up and finds our packages by their sources', async () => {
    const script = "console.log(process.version, import.meta.resolve('@palier/base/clock'))";
    const { output } = await runProgram(['node', '--input-type=module', '--eval', script], { live: false });
    expect(output).toMatch(/^v24\..*base\/clock\.ts\n$/);
  });

  it('ends what takes too long, and says so', async () => {
    const { status, output } = await runProgram(node('setInterval(() => {}, 1000)'), { live: false, longestMs: 300 });
    expect(status).not.toBe(0);
    expect(output).toContain('SIGTERM');
  });
});
