/** What is put into a page cannot become markup, wherever it stands. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { html, trusted } from './html.ts';

/** As a browser reads it back. */
function read(text: string): string {
  const signs: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
  return text.replaceAll(/&([a-z]+|#39);/g, (_, name: string) => signs[name] as string);
}

test('whatever text it is, no sign of it ends an element or an attribute, and it reads as it was', () => {
  const hard = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom('<', '>', '&', '"', "'", 'a', ';') }),
  );
  fc.assert(
    fc.property(hard, (text) => {
      const { markup } = html`${text}`;
      expect(markup).not.toMatch(/[<>"']/);
      expect(read(markup)).toBe(text);
    }),
  );
});

test('markup stays markup through templates and lists, and null is nothing', () => {
  const items = ['a<b', 'c'].map((text) => html`<i title="${text}">${text}</i>`);
  expect(html`<b>${items}${null}${1}${[[trusted('<br>')], '&']}</b>`.markup).toBe(
    '<b><i title="a&lt;b">a&lt;b</i><i title="c">c</i>1<br>&amp;</b>',
  );
});
