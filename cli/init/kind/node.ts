/**
 * A Node service: the scripts of package.json, or the file that listens.
 */
import { commandOf, withPort } from '../command-line.ts';
import { type Candidate, type Folder, parsed, recordOf } from '../folder.ts';

/** In this order; the last are for development, better than nothing. */
const scripts = ['start:prod', 'start', 'serve', 'server', 'preview', 'dev'];

/** Files that are services by custom, without a word in package.json. */
const files = ['server', 'app', 'index', 'main'].flatMap((name) =>
  ['', 'src/', 'dist/'].flatMap((folder) => ['js', 'mjs', 'cjs', 'ts'].map((ending) => `${folder}${name}.${ending}`)),
);

/** Programs that take their port only as an option. */
const portOptions: Readonly<Record<string, string>> = {
  'json-server': '--port "$PORT"',
  next: '-p "$PORT"',
  vite: '--port "$PORT" --strictPort --host 127.0.0.1',
  astro: '--port "$PORT" --host 127.0.0.1',
};

/** Restart a service when its source changes: of no use here. */
const watchers: Readonly<Record<string, string>> = { nodemon: 'node', 'node-dev': 'node', 'ts-node-dev': 'ts-node' };

export function nodeCandidates(folder: Folder): Candidate[] {
  const manifest = recordOf(parsed(folder, 'package.json', JSON.parse));
  const known = recordOf(manifest['scripts']);
  const found = scripts.flatMap((name) => {
    const line = known[name];
    return typeof line === 'string' && line.trim() !== '' ? [scriptCandidate(folder, name, line, known)] : [];
  });
  const main = [manifest['main'], ...files].find(
    (path): path is string => typeof path === 'string' && listens(folder.texts[path.replace(/^\.\//, '')] ?? ''),
  );
  if (main !== undefined) found.push(plain(['node', main.replace(/^\.\//, '')], `${main}, which listens`));
  const bin = binOf(manifest['bin']);
  if (bin !== undefined && folder.paths.includes(bin)) found.push(plain(['node', bin], 'package.json, bin'));
  return found;
}

function scriptCandidate(
  folder: Folder,
  name: string,
  line: string,
  known: Readonly<Record<string, unknown>>,
): Candidate {
  const from = `package.json, scripts.${name}`;
  const command = commandOfScript(folder, line.trim()) ?? ['npm', 'run', '--silent', name];
  // What is started is made by the build, and has not been made.
  const entry = Array.isArray(command) ? command.find((word) => /^[\w./-]+\.[cm]?js$/.test(word)) : undefined;
  const unbuilt =
    entry !== undefined &&
    /^(\.\/)?(dist|build|out|lib)\//.test(entry) &&
    !folder.paths.includes(entry.replace(/^\.\//, ''));
  const prepare = unbuilt && typeof known['build'] === 'string' ? ['npm run --silent build'] : [];
  return { command, prepare, env: { NODE_ENV: 'production' }, from };
}

/** The program itself, without an npm around it that would stay and count; undefined for what only npm's shell makes sense of. */
function commandOfScript(folder: Folder, line: string): Candidate['command'] | undefined {
  const [first = '', ...more] = line.split(/\s+/);
  const program = watchers[first] ?? first;
  const rest = withPort([program, ...more].join(' '));
  if (program === 'node') return commandOf(rest);
  if (!folder.paths.includes(`node_modules/.bin/${program}`)) return undefined;
  const option = portOptions[program];
  const whole = option === undefined || rest.includes('$PORT') ? rest : `${rest} ${option}`;
  return commandOf(`./node_modules/.bin/${whole}`);
}

function binOf(bin: unknown): string | undefined {
  const path = typeof bin === 'string' ? bin : Object.values(recordOf(bin))[0];
  return typeof path === 'string' ? path.replace(/^\.\//, '') : undefined;
}

function plain(command: [string, ...string[]], from: string): Candidate {
  return { command, prepare: [], env: { NODE_ENV: 'production' }, from };
}

function listens(text: string): boolean {
  return /\.listen\(|\bcreateServer\(|\bserve\(|\bDeno\.serve/.test(text);
}
