/**
 * Packs the books that are named into release directories:
 *
 *     npm run pack -w @palier/app-releases -- [--out DIR] [--group GROUP] [--volume MB] BOOK.epub …
 */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { systemClock } from '@palier/base/clock';
import { readEpub } from '../epub/read.ts';
import { readForm } from '../wizard/form.ts';
import { readPacking } from './options.ts';
import { packRelease, type Sink } from './pack.ts';
import { planRelease } from './plan.ts';
import { defaultTemplate, readTemplate } from './templates.ts';

const usage =
  'npm run pack -w @palier/app-releases -- [--out DIR] [--group GROUP] [--volume MB] [--source SOURCE] [--kind KIND --issue ISSUE] [--template NAME] BOOK.epub …';

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      out: { type: 'string', default: 'packed' },
      group: { type: 'string', default: 'PALIER' },
      volume: { type: 'string' },
      source: { type: 'string', default: 'RETAiL' },
      kind: { type: 'string' },
      issue: { type: 'string' },
      template: { type: 'string', default: defaultTemplate },
    },
  });
  if (positionals.length === 0) throw new Error(usage);
  // npm runs a script in the folder of its package; paths are of where it was called.
  const base = process.env['INIT_CWD'] ?? process.cwd();
  const { group } = readForm({ group: values.group, release_type: 'EBOOK' }, true);
  const options = readPacking({
    source: values.source,
    kind: values.kind ?? null,
    issue: values.issue ?? null,
    volume_mb: values.volume ?? null,
  });
  for (const name of positionals) {
    const path = resolve(base, name);
    const { size } = await stat(path);
    const day = new Date(systemClock().epochMs()).toISOString().slice(0, 10);
    const facts = { metadata: await readEpub(path), group, options, bytes: size, day };
    const plan = planRelease(facts, readTemplate({ template: values.template }), 'whole');
    const folder = join(resolve(base, values.out), plan.directory);
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    const book = {
      read: (from: number, bytes: number) => createReadStream(path, { start: from, end: from + bytes - 1 }),
    };
    const files = await packRelease(plan, book, folderSink(folder), {
      signal: new AbortController().signal,
      wrote: () => {},
    });
    console.log(folder);
    for (const { name: file, bytes } of files) console.log(`  ${file}  ${bytes} bytes`);
  }
} catch (error) {
  const { message, hint } = error as Error & { hint?: string };
  console.error(hint === undefined ? message : `${message} ${hint}`);
  process.exitCode = 1;
}

function folderSink(folder: string): Sink {
  return {
    async write(name, content) {
      const hash = createHash('sha256');
      let bytes = 0;
      const measure = new Transform({
        transform(chunk: Buffer, _, done) {
          hash.update(chunk);
          bytes += chunk.length;
          done(null, chunk);
        },
      });
      await pipeline(content, measure, createWriteStream(join(folder, name)));
      return { bytes, sha256: hash.digest('hex') };
    },
  };
}
