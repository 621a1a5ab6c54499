import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { barChart } from './chart.ts';
import { csvCell, csvLine } from './csv.ts';

describe('barChart()', () => {
  it('lets no title and no label become markup, marks what stands out, and names the highest bar', () => {
    const evil = '<img src=x onerror=alert(1)>"';
    const bars = [
      { label: evil, count: 3, marked: true },
      { label: 'calm', count: 1, marked: false },
    ];
    const { markup: text } = barChart(evil, bars);
    expect(text).not.toContain('<img');
    expect(text).not.toContain('1)>"');
    expect(text.match(/<rect class="marked"/g)).toHaveLength(1);
    expect(text).toContain('the highest bar is 3, &lt;img');
    expect(barChart('none', []).markup).toContain('none');
  });
});

describe('csvCell()', () => {
  it('begins with nothing that a spreadsheet runs', () => {
    for (const sign of ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'])
      expect(csvCell(`${sign}1+1`)).toMatch(/^"?'/);
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(csvCell(text)).not.toMatch(/^"?[=+\-@\t\r\n＝＋－＠]/);
      }),
    );
  });

  it('is read back as it was, but for the apostrophe', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 4 }), (values) => {
        const line = csvLine(values);
        const cells = [...line.slice(0, -2).matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,"]*))/gs)];
        const read = cells.map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain);
        expect(read).toEqual(values.map((text) => (/^[=+\-@\t\r\n＝＋－＠]/.test(text) ? `'${text}` : text)));
      }),
    );
  });
});
