import { describe, expect, it } from 'vitest';
import { root } from '../tidy/disk.ts';
import { checkExamples } from './examples.ts';

const document = 'tools/docs/none.md';

describe('checkExamples()', () => {
  it('passes what compiles and ends well, and leaves no file behind', async () => {
    const code =
      "import { systemClock } from '@palier/base/clock';\nif (systemClock().epochMs() < 0) throw new Error();";
    expect(await checkExamples(root, [{ document, line: 3, runs: true, code }], undefined)).toEqual([]);
  });

  it('reports a wrong type at the line of the document, and an example that throws', async () => {
    const wrong = await checkExamples(
      root,
      [
        { document, line: 7, runs: false, code: "\nconst a: number = 'a';" },
        { document, line: 20, runs: true, code: "throw new Error('no');" },
      ],
      undefined,
    );
    expect(wrong).toHaveLength(2);
    expect(wrong[0]).toContain(`${document}(8,7): error`);
    expect(wrong[1]).toContain(`${document}:20  the example fails`);
  });

  it('reports a type ErrorCode that is not the catalogues', async () => {
    const proof = "type ErrorCode = 'A' | 'B';\nexport const codes: Record<ErrorCode, true> = { A: true };\n";
    expect((await checkExamples(root, [], proof)).join()).toContain("Property 'B' is missing");
  });
});
