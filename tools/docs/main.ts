/**
 * `npm run docs` writes what is generated: docs/reference/errors.md and the ways between rooms in ARCHITECTURE.md. With `--check` it writes nothing and
 * checks that the documents are true: what is generated is up to date, links lead somewhere, examples do what they say, and the type
 * `ErrorCode` of `palier` holds the codes of all catalogues.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readTree, root } from '../tidy/disk.ts';
import { withRooms } from '../tidy/imports/rooms-drawn.ts';
import { checkErrors, collectErrors, errorsDocument, errorTypeProof } from './errors.ts';
import { checkExamples, findExamples } from './examples.ts';
import { findBrokenLinks } from './links.ts';

const documents = new Map(Object.entries(readTree()).filter(([path]) => path.endsWith('.md')));
const errors = await collectErrors(root);
const architecture = documents.get('ARCHITECTURE.md');
const generated: [path: string, text: string | undefined][] = [
  ['docs/reference/errors.md', errorsDocument(errors)],
  ['ARCHITECTURE.md', architecture === undefined ? undefined : withRooms(architecture)],
];

if (process.argv[2] === '--check') await check();
else write();

function write(): void {
  for (const [path, text] of generated) {
    if (text === undefined || text === documents.get(path)) continue;
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
    console.log(`docs: wrote ${path}`);
  }
}

async function check(): Promise<void> {
  const wrong = checkErrors(errors);
  for (const [path, text] of generated) {
    if (text !== undefined && text !== documents.get(path)) wrong.push(`${path} is out of date; run npm run docs.`);
  }
  wrong.push(...findBrokenLinks(documents, (path) => existsSync(join(root, path))));
  const examples = [...documents].flatMap(([path, text]) => findExamples(path, text));
  const proof = existsSync(join(root, 'cli', 'index.ts')) ? errorTypeProof(errors) : undefined;
  wrong.push(...(await checkExamples(root, examples, proof)));
  for (const line of wrong) console.log(line);
  console.log(
    `docs: ${documents.size} documents, ${examples.length} examples, ${wrong.length === 0 ? 'all true' : `${wrong.length} wrong`}`,
  );
  process.exitCode = wrong.length === 0 ? 0 : 1;
}
