/**
 * The error catalogue of every product, and the document that is written from it.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ErrorCatalogue, ErrorEntry } from '@palier/base/error';
import { layers } from '../tidy/map.ts';

export interface ProductErrors {
  readonly product: string;
  readonly catalogue: ErrorCatalogue;
}

/** Reads `catalogue` of each `<product>/errors.ts`; an app's errors are its own business. Throws when a file exports none. */
export async function collectErrors(root: string): Promise<ProductErrors[]> {
  const found: ProductErrors[] = [];
  for (const [product, { shipped }] of Object.entries(layers)) {
    const file = join(root, product, 'errors.ts');
    if (!shipped || !existsSync(file)) continue;
    const { catalogue } = (await import(pathToFileURL(file).href)) as { catalogue?: ErrorCatalogue };
    if (catalogue === undefined)
      throw new Error(`${product}/errors.ts exports no "catalogue"; it should export its errors.`);
    found.push({ product, catalogue });
  }
  return found;
}

/** What is wrong with the catalogues themselves, as sentences. */
export function checkErrors(products: readonly ProductErrors[]): string[] {
  const owners = new Map<string, string>();
  return products.flatMap(({ product, catalogue }) =>
    Object.entries(catalogue).flatMap(([code, entry]) => {
      const owner = owners.get(code);
      owners.set(code, product);
      const wrong = checkEntry(code, entry);
      if (owner !== undefined) wrong.push(`stands in ${owner} too; a code should have one owner`);
      return wrong.map((text) => `${product}/errors.ts: ${code} ${text}.`);
    }),
  );
}

function checkEntry(code: string, { message, hint, retry }: ErrorEntry): string[] {
  const wrong: string[] = [];
  if (!/^PALIER_[A-Z0-9]+(_[A-Z0-9]+)*$/.test(code)) wrong.push('should be PALIER_ and words in capitals');
  if (!/; \S/.test(message)) wrong.push('should say what is; then what should be');
  if (!hint.endsWith('.')) wrong.push('should have a hint that is a sentence');
  if (!['never', 'later', 'now'].includes(retry)) wrong.push('should say whether to retry: never, later or now');
  return wrong;
}

const again = {
  never: 'Trying again does not help.',
  later: 'Trying again later can help.',
  now: 'Trying again at once can help.',
} as const;

/** docs/reference/errors.md. */
export function errorsDocument(products: readonly ProductErrors[]): string {
  const parts = [
    '# Errors',
    'What Palier can object to: the code, what is and what should be, what to do about it. Names in braces stand for the facts of the case.',
    '<!-- Written by `npm run docs` from the errors.ts of each product. -->',
  ];
  for (const { product, catalogue } of products) {
    parts.push(`## ${product}`);
    for (const code of Object.keys(catalogue).toSorted()) {
      const { message, hint, retry } = catalogue[code] as ErrorEntry;
      parts.push(`### ${code}`, `> ${message.replaceAll('\n', '\n> ')}`, `${hint} ${again[retry]}`);
    }
  }
  return `${parts.join('\n\n')}\n`;
}

/** A file that compiles only when `ErrorCode` of `palier` is exactly the codes of the catalogues. */
export function errorTypeProof(products: readonly ProductErrors[]): string {
  const codes = products.flatMap(({ catalogue }) => Object.keys(catalogue));
  const lines = codes.map((code) => `  ${code}: true,`).join('\n');
  return `import type { ErrorCode } from 'palier';\n\nexport const codes: Record<ErrorCode, true> = {\n${lines}\n};\n`;
}
