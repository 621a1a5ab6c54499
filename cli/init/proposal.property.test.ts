import { checkSystem, type SystemFile } from '@palier/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fileOf } from './file.ts';
import type { Folder } from './folder.ts';
import { initLimits } from './options.ts';
import { startsOf } from './proposal.ts';
import type { Answer } from './routes.ts';
import type { Trial } from './trial.ts';

/** Words that a line of a command may be made of, the awkward ones among them. */
const word = fc.oneof(
  fc.constantFrom(
    'node',
    'server.js',
    'npx',
    '--port',
    '3000',
    ':8080',
    '0.0.0.0:80',
    '&&',
    '$PORT',
    "'",
    '"',
    '\\',
    '*/',
  ),
  fc.string({ maxLength: 8 }),
);
const line = fc.array(word, { maxLength: 6 }).map((words) => words.join(' '));

const file = fc.oneof(
  fc.record({
    path: fc.constant('package.json'),
    text: fc
      .record({
        name: fc.string(),
        scripts: fc.dictionary(fc.constantFrom('start', 'dev', 'build'), line),
        main: fc.string(),
        bin: fc.string(),
      })
      .map((manifest) => JSON.stringify(manifest)),
  }),
  fc.record({ path: fc.constant('Procfile'), text: line.map((text) => `web: ${text}`) }),
  fc.record({ path: fc.constant('Dockerfile'), text: line.map((text) => `FROM x\nCMD ${text}`) }),
  fc.record({ path: fc.constant('.env.example'), text: fc.string().map((name) => `A${name}=1\nSECRET=2\u2028`) }),
  fc.record({
    path: fc.constantFrom('main.py', 'src/shop/__init__.py'),
    text: fc.constantFrom('app = Flask(__name__)', 'def create_app():\n  x = FastAPI()'),
  }),
  fc.record({
    path: fc.constantFrom('main.go', 'cmd/shop/main.go'),
    text: fc.constant('package main\nfunc main() { flag.String("addr", ":80") }'),
  }),
  fc.record({
    path: fc.constantFrom(
      'package.json',
      'Cargo.toml',
      'pyproject.toml',
      'compose.yaml',
      'openapi.json',
      'go.mod',
      'nginx.conf',
      'server.js',
    ),
    text: fc.string(),
  }),
);
const folder: fc.Arbitrary<Folder> = fc
  .record({ name: fc.string(), files: fc.array(file, { maxLength: 5 }) })
  .map(({ name, files }) => ({
    name,
    paths: files.map(({ path }) => path),
    texts: Object.fromEntries(files.map(({ path, text }) => [path, text])),
  }));

const answer: fc.Arbitrary<Answer> = fc.record({
  path: fc.oneof(
    fc.constantFrom('/', '/health', '/metrics', '/a', '/a/', '/__proto__', '/A?b=1'),
    fc.webPath().filter((path) => path.startsWith('/')),
  ),
  status: fc.constantFrom(200, 204, 302, 401, 404, 500),
  tookMs: fc.double({ min: 0, max: 3000, noNaN: true }),
  type: fc.constantFrom('text/html', 'application/json', 'text/plain', ''),
  location: fc.constant(null),
  body: fc.constantFrom('', '# HELP a b', '[{"id":1}]'),
});
const trial: fc.Arbitrary<Trial | null> = fc.option(
  fc.record({
    answers: fc.uniqueArray(answer, { selector: ({ path }) => path, maxLength: 20 }),
    templates: fc.array(fc.constantFrom('/items/:id', '/a', '/:x', '/b/:c/:d'), { maxLength: 4 }),
    rssBytes: fc.option(fc.nat()),
    // What ends a comment of one line, as the words of a stranger's program may.
    alone: fc.option(fc.constantFrom('it ended', 'it\u2028ended', 'it\rended', 'it\nended */')),
  }),
);

/** The module's default export, as Node would see it. */
function exported(text: string): SystemFile {
  const body = text.replace("import { defineSystem } from 'palier';", '').replace('export default', 'return');
  return new Function('defineSystem', body)((system: SystemFile) => system) as SystemFile;
}

describe('the file that palier init writes', () => {
  it('is what was proposed, and a sound system file, whatever is in the folder and whatever the service answers', () => {
    fc.assert(
      fc.property(folder, trial, fc.array(fc.string({ minLength: 1 }), { maxLength: 3 }), (one, seen, words) => {
        const starts = startsOf(one, words);
        expect(starts.length).toBeLessThanOrEqual(initLimits.maxCandidates);
        for (const start of starts) {
          const { system, text, scenario } = fileOf(start, seen, one);
          expect(exported(text)).toEqual(system);
          const checked = checkSystem(system, '/shop/palier.config.ts');
          expect(Object.keys(checked.scenarios)).toEqual([scenario]);
          expect(checked.scenarios[scenario]?.tasks.length).toBeLessThanOrEqual(initLimits.maxTasks);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('asks only for what was seen to answer, where anything was', () => {
    fc.assert(
      fc.property(trial, (seen) => {
        const [start] = startsOf({ name: 'shop', paths: [], texts: {} }, ['./shop']);
        if (start === undefined) throw new Error('a command that is given is a start');
        const { system } = fileOf(start, seen, { name: 'shop', paths: [], texts: {} });
        const good = new Set(
          seen?.answers.filter(({ status }) => status >= 200 && status < 300).map(({ path }) => path),
        );
        const asked = Object.values(system.scenarios?.['first']?.tasks ?? {}).map(({ steps }) => steps[0]);
        for (const step of asked) {
          const path = step !== undefined && 'request' in step ? step.request.replace('GET ', '') : '';
          expect(good.has(path) || path === '/').toBe(true);
        }
      }),
    );
  });
});
