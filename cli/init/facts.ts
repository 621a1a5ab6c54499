/**
 * What a folder tells besides the command: what must run beside the service, which variables it wants, what forbids a second replica.
 */
import { type Folder, parsed, recordOf, textsOf, yamlOf } from './folder.ts';
import { unique } from './routes.ts';

/** What keeps a replica from answering for another one: sign in the sources or dependencies, and what it means. */
const ownState: readonly { readonly sign: RegExp; readonly unless?: RegExp; readonly why: string }[] = [
  {
    sign: /["']express-session["']/,
    unless: /connect-(redis|mongo|pg-simple)|session-file-store|@palier\/kit|connect-session-/,
    why: 'express-session without a store keeps its sessions in the memory of one replica',
  },
  {
    sign: /["'](better-sqlite3|sqlite3|node:sqlite|lowdb|nedb|@seald-io\/nedb)["']|^\s*import sqlite3\b|go-sqlite3|modernc\.org\/sqlite|\brusqlite\b/m,
    why: 'it keeps data in a file of its own, which a second process may not be made for',
  },
  {
    sign: /["']socket\.io["']/,
    unless: /@socket\.io\/\w+-adapter/,
    why: 'socket.io without an adapter reaches only the clients of one replica',
  },
];

/** Why one replica is proposed and no more; null where nothing speaks against two. */
export function ownStateOf(folder: Folder): string | null {
  const text = textsOf(
    folder,
    /(^|\/)(package\.json|pyproject\.toml|requirements[^/]*\.txt|go\.mod|Cargo\.toml)$|\.([cm]?[jt]s|py|go|rs)$/,
  )
    .map(([, part]) => part)
    .join('\n');
  return ownState.find(({ sign, unless }) => sign.test(text) && unless?.test(text) !== true)?.why ?? null;
}

/** The variables that `.env.example` and its like name. */
export function wantedVariables(folder: Folder): string[] {
  const names = textsOf(folder, /^\.env\.(example|sample|template|dist)$/).flatMap(([, text]) =>
    [...text.matchAll(/^(?:export )?([A-Za-z_]\w*)=/gm)].map((match) => match[1] as string),
  );
  return unique(names).filter((name) => name !== 'PORT' && name !== 'HOST');
}

/** Images of the services in a compose file that are not built from the folder: `postgres:17`. */
export function neededImages(folder: Folder): string[] {
  return unique(
    textsOf(folder, /^(docker-)?compose\.ya?ml$/).flatMap(([path]) => {
      const services = recordOf(recordOf(parsed(folder, path, yamlOf))['services']);
      return Object.values(services).flatMap((service) => {
        const { image, build } = recordOf(service);
        return typeof image === 'string' && build === undefined ? [image] : [];
      });
    }),
  );
}

/** What must be installed before the service can start, as a sentence; null where nothing seems to be missing. */
function missingInstall({ texts, paths }: Folder): string | null {
  const manifest = recordOf(parsed({ name: '', paths, texts }, 'package.json', JSON.parse));
  const needs = Object.keys(recordOf(manifest['dependencies'])).length > 0;
  return needs && !paths.some((path) => path.startsWith('node_modules/'))
    ? 'package.json has dependencies and there is no node_modules: run npm install first.'
    : null;
}

/** Palier keeps runs and reports there; who keeps a list of what git leaves out wants it on it. */
function notIgnored({ texts }: Folder): string | null {
  const list = texts['.gitignore'];
  return list === undefined || list.includes('.palier')
    ? null
    : 'Put .palier/ into .gitignore: runs and reports are kept there.';
}

/** What was seen, and what may be in the way, each as a line. */
export function factLines(folder: Folder): { readonly lines: readonly string[]; readonly warnings: readonly string[] } {
  const seen = folder.paths.filter(
    (path) => folder.texts[path] !== undefined && !path.includes('/') && !/\.([cm]?[jt]s|py|go|rs)$/.test(path),
  );
  const variables = wantedVariables(folder);
  const images = neededImages(folder);
  const missing = missingInstall(folder);
  const ignored = notIgnored(folder);
  return {
    lines: [
      `seen: ${seen.slice(0, 8).join(', ') || 'no file that declares anything'}; ${Object.keys(folder.texts).length} files read`,
      ...(variables.length === 0 ? [] : [`it wants variables: ${variables.slice(0, 12).join(', ')}`]),
      ...(images.length === 0 ? [] : [`beside it run: ${images.join(', ')}`]),
    ],
    warnings: [...(missing === null ? [] : [missing]), ...(ignored === null ? [] : [ignored])],
  };
}
