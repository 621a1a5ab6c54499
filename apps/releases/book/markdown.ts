/** Turns the Markdown of this project's documents into the inside of an XHTML page: headings, paragraphs, lists, code; the rest as text. */
import { xmlText } from '../epub/write.ts';

/** Always well-formed, whatever stands in the text. */
export function markdownToXhtml(markdown: string): string {
  const parts: string[] = [];
  const blocks = markdown.replaceAll('\r\n', '\n').split(/^(```[^\n]*\n[\s\S]*?^```[ \t]*$)/m);
  for (const block of blocks) {
    const code = /^```[^\n]*\n([\s\S]*?)^```[ \t]*$/m.exec(block)?.[1];
    if (code !== undefined) parts.push(`<pre>${xmlText(code)}</pre>`);
    else for (const paragraph of block.split(/\n\s*\n/)) parts.push(paragraphToXhtml(paragraph.trim()));
  }
  return parts.filter((part) => part !== '').join('\n');
}

/** The first heading of a document. */
export function titleOf(markdown: string): string | undefined {
  return /^#\s+(.+)$/m.exec(markdown)?.[1]?.trim();
}

function paragraphToXhtml(text: string): string {
  if (text === '') return '';
  const heading = /^(#{1,6})\s+(.+)/.exec(text);
  if (heading !== null) {
    const level = (heading[1] as string).length;
    const rest = paragraphToXhtml(text.slice(heading[0].length).trim());
    return `<h${level}>${inline(heading[2] as string)}</h${level}>${rest === '' ? '' : `\n${rest}`}`;
  }
  const items = text.split(/^[*-]\s+/m).slice(1);
  if (/^[*-]\s/.test(text)) return `<ul>${items.map((item) => `<li>${inline(item.trim())}</li>`).join('')}</ul>`;
  if (text.startsWith('|')) return `<pre>${xmlText(text)}</pre>`;
  return `<p>${inline(text)}</p>`;
}

/** One pass over both marks, so that they cannot overlap. */
function inline(text: string): string {
  return xmlText(text).replace(/`([^`]+)`|\*\*([^*]+)\*\*/g, (_, code?: string, strong?: string) =>
    code === undefined ? `<strong>${strong}</strong>` : `<code>${code}</code>`,
  );
}
