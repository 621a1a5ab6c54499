/**
 * Which paths to ask: what the source, an OpenAPI document, the page at `/` and lists of things give away. Only reads are asked, and
 * nothing that by its name ends or removes something.
 */
import { type Folder, recordOf, textsOf, yamlOf } from './folder.ts';

/** What the service answered to a GET. */
export interface Answer {
  readonly path: string;
  readonly status: number;
  readonly tookMs: number;
  /** Without its parameters: `text/html`. */
  readonly type: string;
  readonly location: string | null;
  readonly body: string;
}

/** Where a health page is by custom; asked in this order, the first that answers 2xx is taken. */
export const healthPaths: readonly string[] = [
  '/health',
  '/healthz',
  '/health/live',
  '/api/health',
  '/ready',
  '/readyz',
  '/livez',
  '/-/healthy',
  '/status',
  '/ping',
];

/** Where an OpenAPI document is by custom. */
export const documentPaths: readonly string[] = [
  '/openapi.json',
  '/swagger.json',
  '/api/openapi.json',
  '/docs/json',
  '/documentation/json',
  '/v3/api-docs',
  '/api-docs',
];

/** What a GET may end or remove, where a service breaks the rule that it must not (RFC 9110, 9.2.1). */
const unsafe = /log-?_?out|sign-?_?out|log-?off|delete|remove|destroy|shutdown|restart|reset|unsubscribe|quit|kill/i;
const maxPathLength = 200;

/** A path as a scenario can name it, `/` first; null for anything else. */
export function askable(path: string): string | null {
  const plain = path.split('#')[0] as string;
  const sound = /^\/(?!\/)[\x21-\x7e]*$/.test(plain) && !/[{}<>*:\\^`|"']/.test(plain);
  return sound && plain.length <= maxPathLength && !unsafe.test(plain) ? plain : null;
}

/** `app.get('/items/:id'`, `@app.route("/items/<int:id>")`, `HandleFunc("GET /items/{id}"`; parameters as `:id`. */
const routeCalls =
  /(?:\.(?:get|route|handle|handlefunc|all|HandleFunc|Handle|Get|GET)|\b(?:HandleFunc|Handle|path|route|get))\(\s*(?:r?["'`])(?:GET )?(\/[^"'`\s]*)["'`]/g;

/** The route templates of GETs that the sources name, such as `/items/:id`. */
export function sourceRoutes(folder: Folder): string[] {
  const found = textsOf(folder, /\.([cm]?[jt]s|py|go|rs|rb|java|php)$/).flatMap(([, text]) =>
    [...text.matchAll(routeCalls)].map((match) => templateOf(match[1] as string)),
  );
  return unique(found);
}

/** The route templates of GETs of an OpenAPI (or Swagger) document, as text in JSON or YAML; with examples filled in where it has some. */
export function documentRoutes(text: string): string[] {
  let document: Readonly<Record<string, unknown>>;
  try {
    document = recordOf(text.trimStart().startsWith('{') ? JSON.parse(text) : yamlOf(text));
  } catch {
    return [];
  }
  if (document['openapi'] === undefined && document['swagger'] === undefined) return [];
  const base =
    typeof document['basePath'] === 'string' ? document['basePath'].replace(/\/$/, '') : serverPath(document);
  return unique(
    Object.entries(recordOf(document['paths'])).flatMap(([path, item]) => {
      const get = recordOf(recordOf(item)['get']);
      if (recordOf(item)['get'] === undefined) return [];
      const parameters = [recordOf(item)['parameters'], get['parameters']].flatMap((list) =>
        Array.isArray(list) ? list : [],
      );
      return [templateOf(base + filled(path, parameters.map(recordOf)))];
    }),
  );
}

/** The first server's path, where it has one: `https://shop.example/api` → `/api`. */
function serverPath(document: Readonly<Record<string, unknown>>): string {
  const [server] = Array.isArray(document['servers']) ? document['servers'] : [];
  const url = recordOf(server)['url'];
  if (typeof url !== 'string' || url.includes('{')) return '';
  const path = url.replace(/^[a-z]+:\/\/[^/]*/i, '').replace(/\/$/, '');
  return path.startsWith('/') ? path : '';
}

function filled(path: string, parameters: readonly Readonly<Record<string, unknown>>[]): string {
  return path.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const parameter = parameters.find((one) => one['name'] === name && one['in'] === 'path') ?? {};
    const schema = recordOf(parameter['schema']);
    const [first] = Array.isArray(schema['enum']) ? schema['enum'] : [];
    const value = parameter['example'] ?? schema['example'] ?? schema['default'] ?? first;
    return typeof value === 'string' || typeof value === 'number' ? encodeURIComponent(value) : whole;
  });
}

/** Paths that an answer leads to: links of a page, paths in JSON, where a redirect goes. */
export function linkedPaths({ path, type, body, location }: Answer): string[] {
  const found = location === null ? [] : [location];
  if (type.includes('html')) {
    for (const [, href] of body.matchAll(/<a\b[^>]*?\bhref\s*=\s*["']?([^"'\s>]+)/gi)) found.push(href as string);
  } else if (type.includes('json') && path.split('/').length <= 2) {
    for (const [, value] of body.matchAll(/"((?:https?:\/\/[^/"\s]+)?\/[^"\s]*)"/g)) found.push(value as string);
  }
  return unique(
    found.flatMap((link) => {
      const here = URL.parse(link.replaceAll('&amp;', '&'), `http://here${path}`);
      const local = here !== null && (here.host === 'here' || /^(localhost|127\.0\.0\.1)(:|$)/.test(here.host));
      return local ? (askable(here.pathname + here.search) ?? []) : [];
    }),
  );
}

/** `/items/:id` where `/items` answered with a list of things that have an id: `/items/7`. */
export function filledTemplates(templates: readonly string[], answers: readonly Answer[]): string[] {
  return templates.flatMap((template) => {
    const [, list, name] = /^([^:]+)\/:(\w+)$/.exec(template) ?? [];
    const answer = answers.find(({ path, status }) => path === list && status === 200);
    if (list === undefined || name === undefined || answer === undefined) return [];
    const first = firstThing(answer.body);
    const value = first[name] ?? first['id'] ?? first['_id'] ?? first['slug'];
    if (typeof value !== 'string' && typeof value !== 'number') return [];
    return askable(`${list}/${encodeURIComponent(value)}`) ?? [];
  });
}

function firstThing(body: string): Readonly<Record<string, unknown>> {
  try {
    const json: unknown = JSON.parse(body);
    const list = [json, ...Object.values(recordOf(json))].find((value) => Array.isArray(value));
    return recordOf(list?.[0]);
  } catch {
    return {};
  }
}

/** `{id}`, `<int:id>` and `[id]` become `:id`. */
function templateOf(path: string): string {
  return path.replace(/<(?:\w+:)?(\w+)>/g, ':$1').replace(/\{(\w+)[^}]*\}/g, ':$1');
}

export function unique<T>(list: readonly T[]): T[] {
  return [...new Set(list)];
}
