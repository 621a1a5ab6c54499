/**
 * Takes the types off the modules of the pages: `node strip/main.ts FILE …` prints one JSON text, the script of each file by its name.
 *
 * A process of its own, for the compiler of types takes 35 MB that a replica would never give back.
 */
import { readFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';

const files = process.argv.slice(2);
const scripts = await Promise.all(
  files.map(async (file) => [file, stripTypeScriptTypes(await readFile(file, 'utf8'))] as const),
);
process.stdout.write(JSON.stringify(Object.fromEntries(scripts)));
