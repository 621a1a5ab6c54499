/**
 * Reads XML as a stream of elements, within bounds: no entity beyond XML's own five is expanded, nothing is fetched, no deeper nesting
 * than the limit. The size is bounded by who hands it in.
 */
import { SaxesParser } from 'saxes';
import { releasesError } from '../errors.ts';

export interface XmlElement {
  /** The name without prefix. */
  readonly name: string;
  /** By name without prefix. */
  readonly attributes: Readonly<Record<string, string>>;
  /** The names of the elements around it, the outermost first. */
  readonly within: readonly string[];
}

export interface XmlVisitor {
  open?(element: XmlElement): void;
  /** At the end of an element: the text directly inside, as written. */
  close?(element: XmlElement, text: string): void;
}

/** `part` names the document in errors. Throws EPUB_MALFORMED. */
export function readXml(bytes: Uint8Array, part: string, maxDepth: number, visitor: XmlVisitor): void {
  const fail = (reason: string): never => {
    throw releasesError('EPUB_MALFORMED', { part, reason });
  };
  const parser = new SaxesParser({ xmlns: false, position: true });
  const path: { element: XmlElement; text: string }[] = [];
  parser.on('error', (error) => fail(error.message));
  parser.on('doctype', (doctype) => {
    if (/<!ENTITY/i.test(doctype)) fail('it declares entities');
  });
  parser.on('opentag', ({ name, attributes }) => {
    if (path.length >= maxDepth) fail(`more than ${maxDepth} elements are nested`);
    const within = path.map(({ element }) => element.name);
    const plain = Object.entries(attributes).map(([key, value]) => [withoutPrefix(key), value]);
    const element = { name: withoutPrefix(name), attributes: Object.fromEntries(plain), within };
    path.push({ element, text: '' });
    visitor.open?.(element);
  });
  const addText = (text: string): void => {
    const last = path.at(-1);
    if (last !== undefined) last.text += text;
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('closetag', () => {
    const last = path.pop();
    if (last !== undefined) visitor.close?.(last.element, last.text);
  });
  parser.write(decoded(bytes, fail)).close();
}

function withoutPrefix(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

/** EPUB wants UTF-8 or UTF-16; what declares another encoding is read by it, if it is known. */
function decoded(bytes: Uint8Array, fail: (reason: string) => never): string {
  const start = Buffer.from(bytes.subarray(0, 200));
  let encoding = 'utf-8';
  if (start[0] === 0xff && start[1] === 0xfe) encoding = 'utf-16le';
  else if (start[0] === 0xfe && start[1] === 0xff) encoding = 'utf-16be';
  else encoding = /^[^>]*\sencoding\s*=\s*["']([\w.-]+)["']/.exec(start.toString('latin1'))?.[1] ?? encoding;
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return fail(`it is not in ${encoding}`);
  }
}
