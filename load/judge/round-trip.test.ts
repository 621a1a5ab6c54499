import { catalogue, parseRunReport, protocolVersion } from '@palier/protocol';
import { describe, expect, it } from 'vitest';
import { simulateReport } from './testing/evidence.ts';

const written = (): Record<string, unknown> => JSON.parse(JSON.stringify(simulateReport()));

describe('parseRunReport()', () => {
  it('reads back all that the judge wrote', () => {
    const json = written();
    expect(parseRunReport(json, 'run.json')).toEqual(json);
  });

  it('leaves out what a newer version added', () => {
    const json = written();
    expect(parseRunReport({ ...json, colour: 'red' }, 'run.json')).toEqual(json);
  });

  it.each([
    ['no object', 'text', 'it names no kind'],
    ['another kind', { kind: 'palier-limit', version: protocolVersion }, 'its kind is "palier-limit"'],
    ['another version', { kind: 'palier-run', version: 99 }, 'it has version 99'],
    ['a part that is not what it should be', { ...written(), verdict: 'fine' }, 'verdict: '],
    ['a missing part', { ...written(), scenarios: [{}] }, 'scenarios.0.name: '],
  ])('refuses %s and names the file', (_, json, problem) => {
    expect(() => parseRunReport(json, 'run.json')).toThrow(
      expect.objectContaining({
        code: 'PALIER_REPORT_UNKNOWN' satisfies keyof typeof catalogue,
        message: expect.stringContaining(`run.json is not a report of this version of palier (${problem}`),
      }),
    );
  });
});
