/**
 * A Python service: the application object (FastAPI, Starlette, Quart, Flask, …) or Django's manage.py, with the server that is installed for it.
 */
import { type Candidate, type Folder, textsOf } from '../folder.ts';

const asgi = 'FastAPI|Starlette|Quart|Litestar|Sanic|Blacksheep';
const wsgi = 'Flask|Bottle|APIFlask';
const application = new RegExp(String.raw`^(\w+)\s*(?::[^=\n]+)?=\s*(?:\w+\.)*(${asgi}|${wsgi})\(`, 'm');
const factory = /^(?:async )?def ((?:create|make|build|get)_app)\(/m;

interface Application {
  /** `shop.main`. */
  readonly module: string;
  /** `app`, or `create_app` for a factory. */
  readonly name: string;
  readonly isFactory: boolean;
  readonly isAsgi: boolean;
  readonly path: string;
  readonly inSrc: boolean;
}

export function pythonCandidates(folder: Folder): Candidate[] {
  const python = ['.venv/bin/python', 'venv/bin/python'].find((path) => folder.paths.includes(path));
  const program = python === undefined ? 'python3' : `./${python}`;
  const needs = textsOf(folder, /^(requirements[^/]*\.txt|pyproject\.toml|Pipfile|setup\.(py|cfg))$/)
    .map(([, text]) => text)
    .join('\n');
  const gunicorn = /\bgunicorn\b/i.test(needs);
  return [
    ...django(folder, program, gunicorn),
    ...applicationsOf(folder).map((found) => applicationCandidate(found, program, gunicorn)),
    ...programs(folder, program),
  ];
}

function django({ texts }: Folder, program: string, gunicorn: boolean): Candidate[] {
  const settings = /DJANGO_SETTINGS_MODULE["'],\s*["']([\w.]+)\.settings/.exec(texts['manage.py'] ?? '')?.[1];
  if (settings === undefined) return [];
  const command = gunicorn
    ? `exec ${program} -m gunicorn --bind 127.0.0.1:$PORT ${settings}.wsgi`
    : `exec ${program} manage.py runserver --noreload 127.0.0.1:$PORT`;
  return [
    {
      command,
      prepare: [],
      env: {},
      from: `manage.py of Django${gunicorn ? ' and gunicorn' : ' (its development server)'}`,
    },
  ];
}

/** Objects before factories, and what lies higher first. */
function applicationsOf(folder: Folder): Application[] {
  const found = textsOf(folder, /\.py$/).flatMap(([path, text]): Application[] => {
    if (/(^|\/)(tests?|docs|conftest)[/.]/.test(path)) return [];
    const inSrc = path.startsWith('src/');
    const module = path
      .replace(/^src\//, '')
      .replace(/(\/__init__)?\.py$/, '')
      .replaceAll('/', '.');
    if (!/^[\w.]+$/.test(module)) return [];
    const place = { module, path, inSrc };
    const object = application.exec(text);
    if (object !== null) {
      const isAsgi = asgi.split('|').includes(object[2] as string);
      return [{ ...place, name: object[1] as string, isFactory: false, isAsgi }];
    }
    const made = factory.exec(text);
    if (made === null || !new RegExp(`\\b(${asgi}|${wsgi})\\(`).test(text)) return [];
    return [{ ...place, name: made[1] as string, isFactory: true, isAsgi: new RegExp(`\\b(${asgi})\\(`).test(text) }];
  });
  const depth = ({ path }: Application): number => path.split('/').length;
  return found.toSorted((a, b) => Number(a.isFactory) - Number(b.isFactory) || depth(a) - depth(b));
}

function applicationCandidate(found: Application, program: string, gunicorn: boolean): Candidate {
  const { module, name, isFactory, isAsgi, path, inSrc } = found;
  const env: Readonly<Record<string, string>> = inSrc ? { PYTHONPATH: 'src' } : {};
  const of = (server: string): string => `${path} (${name}${isFactory ? '()' : ''}), with ${server}`;
  if (isAsgi) {
    const options = isFactory ? '--factory ' : '';
    const command = `exec ${program} -m uvicorn ${options}${module}:${name} --host 127.0.0.1 --port "$PORT"`;
    return { command, prepare: [], env, from: of('uvicorn') };
  }
  if (gunicorn) {
    const target = isFactory ? `'${module}:${name}()'` : `${module}:${name}`;
    return {
      command: `exec ${program} -m gunicorn --bind 127.0.0.1:$PORT ${target}`,
      prepare: [],
      env,
      from: of('gunicorn'),
    };
  }
  const command = `exec ${program} -m flask --app ${module}:${name} run --host 127.0.0.1 --port "$PORT"`;
  return { command, prepare: [], env, from: of("Flask's development server") };
}

/** A file to be run by itself that serves. */
function programs(folder: Folder, program: string): Candidate[] {
  return textsOf(folder, /^[^/]+\.py$/)
    .filter(([, text]) => /http\.server|aiohttp|tornado|socketserver|serve_forever|uvicorn\.run/.test(text))
    .map(([path]): Candidate => ({ command: [program, path], prepare: [], env: {}, from: `${path}, which serves` }));
}
