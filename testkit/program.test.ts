import { describe, expect, it } from 'vitest';
import { needs } from './program.ts';

const missing = 'no-such-program-on-any-machine';

describe('needs()', () => {
  it('finds a program on the PATH, under any of its names', () => {
    expect(needs('node', { debian: 'nodejs' }).path).toMatch(/node$/);
    expect(needs(missing, { debian: 'nodejs', alsoNamed: ['node'] }).options).toEqual({ skip: false, meta: {} });
  });

  it('leaves tests out with the way to get what is missing', () => {
    const program = needs(missing, { debian: 'some-package' }, { PATH: process.env['PATH'] });
    expect(program.path).toBeUndefined();
    expect(program.options.skip).toBe(true);
    expect(JSON.stringify(program.options.meta)).toContain('apt-get install some-package');
  });

  it('throws in CI when it is missing', () => {
    expect(() => needs(missing, { debian: 'some-package' }, { CI: 'true' })).toThrow('not installed');
  });

  it('asks for no program in CI that Debian has not, and says how Go gets it', () => {
    const { options } = needs(missing, { go: 'example.org/some@latest' }, { CI: 'true' });
    expect(JSON.stringify(options)).toContain('go install example.org/some@latest');
  });
});
