import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvCell, csvLine } from './csv.ts';
import { html } from './html.ts';

describe('html()', () => {
  it('lets no value become markup', () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        const { text } = html`<p title="${value}">${value}</p>`;
        expect(text.match(/[<>"]/g)?.join('')).toBe('<""><>');
      }),
    );
    expect(html`<b>${[html`<i>${"'&"}</i>`, html`${null}${1}`]}</b>`.text).toBe('<b><i>&#39;&amp;</i>1</b>');
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
