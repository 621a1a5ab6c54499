import { describe, expect, it } from 'vitest';
import { parseArguments } from './arguments.ts';

const run = { config: undefined, timeScale: 1, json: undefined, report: undefined, generators: undefined };

describe('parseArguments', () => {
  it('reads scenarios and options of prove', () => {
    expect(parseArguments(['prove', 'normal', 'spike', '--time-scale', '0.1', '--json', 'out.json'])).toEqual({
      command: 'prove',
      scenarios: ['normal', 'spike'],
      ...run,
      timeScale: 0.1,
      json: 'out.json',
    });
  });

  it('takes any certificate of a target when it is told to, and only load has a target', () => {
    const words = ['load', 'normal', '--target', 'https://127.0.0.1:8443'];
    expect(parseArguments(words)).toMatchObject({ target: 'https://127.0.0.1:8443', insecure: false });
    expect(parseArguments([...words, '--insecure'])).toMatchObject({ insecure: true });
    expect(() => parseArguments(['prove', '--insecure'])).toThrow('no option --insecure');
  });

  it.each(['prove', 'load', 'limit'])('lets %s be told how many generator processes play', (command) => {
    expect(parseArguments([command, 'normal', '--generators', '3'])).toMatchObject({ generators: 3 });
    for (const wrong of ['0', '65', '1.5', 'many'])
      expect(() => parseArguments([command, 'normal', '--generators', wrong])).toThrow(`--generators is ${wrong}`);
  });

  it('reads tool, scenario and file of export', () => {
    const read = { command: 'export', tool: 'k6', config: undefined };
    expect(parseArguments(['export', 'k6', 'normal', '--out', 'a.js'])).toEqual({
      ...read,
      scenario: 'normal',
      out: 'a.js',
    });
    expect(parseArguments(['export', 'k6'])).toEqual({ ...read, scenario: undefined, out: undefined });
  });

  it('shows the help when nothing is asked', () => {
    for (const words of [[], ['help'], ['--help']]) {
      expect(parseArguments(words)).toEqual({ command: 'help', of: undefined });
    }
    for (const words of [
      ['prove', '--help'],
      ['prove', 'normal', '-h'],
      ['help', 'prove'],
    ]) {
      expect(parseArguments(words)).toEqual({ command: 'help', of: 'prove' });
    }
  });

  it.each([
    [['prove', '--time-scale', '2'], '--time-scale is 2'],
    [['prove', '--time-scale', 'fast'], '--time-scale is fast'],
    [['prove', '--target', 'http://x'], 'palier prove has no option --target'],
    [['load'], 'got 0 scenarios'],
    [['export'], 'got no tool'],
    [['export', 'jmeter', 'normal'], 'got jmeter'],
    [['export', 'k6', 'normal', 'spike'], 'got 2 scenarios'],
    [['compare', 'one.json'], 'got 1 files'],
    [['compare', 'one.json', 'two.json', '--report', 'x'], 'has no option --report'],
    [['up', 'now'], 'got "now"'],
    [['fly'], 'no command fly'],
    [['up', '--speed', '3'], 'palier up has no option --speed; it should be --config'],
    [['limit', '--max-tim', '1min'], 'palier limit has no option --max-tim (did you mean --max-time?)'],
    [['--jsn'], 'palier has no option --jsn (did you mean --json?)'],
    [['prov'], 'no command prov (did you mean prove?)'],
    [['help', 'limits'], 'no command limits (did you mean limit?)'],
    [['prove', '--json'], 'argument missing'],
  ])('refuses %j with a sentence', (words, sentence) => {
    expect(() => parseArguments(words)).toThrow(sentence);
  });
});
