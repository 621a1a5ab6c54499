import { describe, expect, it } from 'vitest';
import type { Candidate } from './folder.ts';
import { startsOf, withPortOption } from './proposal.ts';

/** The likeliest way to start what consists of these files. */
function likeliest(texts: Readonly<Record<string, string>>, ...more: readonly string[]): Candidate | undefined {
  return startsOf({ name: 'shop', paths: [...Object.keys(texts), ...more], texts }, [])[0]?.candidate;
}

function scripts(start: string): Record<string, string> {
  return { 'package.json': JSON.stringify({ scripts: { start, build: 'tsc' } }) };
}

describe('palier init finds the command of', () => {
  it.each<[string, Readonly<Record<string, string>>, readonly string[], Candidate['command']]>([
    [
      'a Procfile before anything else',
      { ...scripts('node a.js'), Procfile: 'web: bundle exec puma -p ${PORT:-3000}\n' },
      [],
      'exec bundle exec puma -p $PORT',
    ],
    [
      'a script that runs node: the program itself, without npm around it',
      scripts('node ./bin/www'),
      [],
      ['node', './bin/www'],
    ],
    ['a script that restarts on changes', scripts('nodemon server.js'), [], ['node', 'server.js']],
    ['a script with a fixed port', scripts('node server.js --port 3000'), [], 'exec node server.js --port "$PORT"'],
    [
      'a program of a dependency that takes its port as an option',
      scripts('json-server db.json'),
      ['node_modules/.bin/json-server'],
      'exec ./node_modules/.bin/json-server db.json --port "$PORT"',
    ],
    [
      'a script that only a shell understands',
      scripts('NODE_ENV=production node a.js && echo'),
      [],
      ['npm', 'run', '--silent', 'start'],
    ],
    ['a file that listens', { 'server.js': 'createServer().listen(1)' }, [], ['node', 'server.js']],
    [
      'an application of FastAPI',
      { 'shop/main.py': 'api = FastAPI()\n' },
      [],
      'exec python3 -m uvicorn shop.main:api --host 127.0.0.1 --port "$PORT"',
    ],
    [
      'a factory of Flask with gunicorn, in a virtual environment',
      { 'shop/__init__.py': 'def create_app():\n    app = Flask(__name__)', 'requirements.txt': 'gunicorn==23' },
      ['.venv/bin/python'],
      "exec ./.venv/bin/python -m gunicorn --bind 127.0.0.1:$PORT 'shop:create_app()'",
    ],
    [
      'Django',
      { 'manage.py': "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')" },
      [],
      'exec python3 manage.py runserver --noreload 127.0.0.1:$PORT',
    ],
    [
      'a Go program that takes an address',
      {
        'go.mod': 'module shop',
        'cmd/shop/main.go': 'package main\n\nfunc main() {\n\tflag.String("addr", ":8080", "")',
      },
      [],
      'exec ./.palier/shop -addr=127.0.0.1:$PORT',
    ],
    [
      'a Go program that reads PORT',
      { 'go.mod': 'module shop', 'main.go': 'package main\n\nfunc main() {\n\tos.Getenv("PORT")' },
      [],
      ['./.palier/shop'],
    ],
    ['a Rust program', { 'Cargo.toml': '[package]\nname = "shop"\n' }, ['src/main.rs'], ['./target/release/shop']],
    [
      'a Dockerfile, its last stage',
      { Dockerfile: 'FROM a\nCMD ["no"]\nFROM b\nENTRYPOINT ["./shop"]\nCMD ["--listen", "0.0.0.0:80"]' },
      [],
      'exec ./shop --listen 127.0.0.1:$PORT',
    ],
  ])('%s', (_, texts, more, command) => {
    expect(likeliest(texts, ...more)?.command).toEqual(command);
  });

  it('nothing, where nothing tells', () => {
    expect(likeliest({ 'README.md': 'node server.js' })).toBeUndefined();
  });

  it('the command line, before all', () => {
    const folder = { name: 'shop', paths: ['Procfile'], texts: { Procfile: 'web: x' } };
    expect(
      startsOf(folder, ['datasette', 'shop.db', '--port', '$PORT']).map(({ candidate }) => candidate.command),
    ).toEqual(['exec datasette shop.db --port $PORT']);
  });
});

describe('palier init', () => {
  it('builds what is to be run from dist and is not there yet', () => {
    expect(likeliest(scripts('node dist/main.js'))?.prepare).toEqual(['npm run --silent build']);
    expect(likeliest(scripts('node dist/main.js'), 'dist/main.js')?.prepare).toEqual([]);
  });

  it.each([
    ['"express-session": "1"', 1],
    ['"express-session": "1", "connect-redis": "9"', 2],
    ['"better-sqlite3": "12"', 1],
    ['"express": "5"', 2],
  ])('proposes for %s so many replicas: %i', (dependency, replicas) => {
    const texts = { 'package.json': `{ "scripts": { "start": "node a.js" }, "dependencies": { ${dependency} } }` };
    expect(startsOf({ name: 'shop', paths: ['package.json'], texts }, [])[0]?.replicas).toBe(replicas);
  });

  it('tells a program that listened elsewhere its port, once', () => {
    const [start] = startsOf({ name: 'shop', paths: [], texts: {} }, ['./shop', 'serve']);
    const again = start === undefined ? null : withPortOption(start);
    expect(again?.candidate.command).toBe('exec ./shop serve --port "$PORT"');
    expect(again === null ? null : withPortOption(again)).toBeNull();
  });
});
