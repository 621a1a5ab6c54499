/**
 * The repository as the rules see it: files, their place in the map, their imports. Made of a plain tree of texts, so that a canary
 * is a tree of three lines.
 */
import { posix } from 'node:path';
import { layers, type Layer } from './map.ts';
import { dotted, readSyntax, walk, type Node, type Syntax } from './syntax.ts';

/** Path from the root (with `/`) → text. */
export type FileTree = Readonly<Record<string, string>>;

export interface Project {
  readonly files: ReadonlyMap<string, string>;
  readonly sources: readonly Source[];
  readonly manifests: readonly Manifest[];
}

/** A package.json of one of our products. */
export interface Manifest {
  readonly path: string;
  readonly folder: string;
  readonly text: string;
  readonly name: string;
  readonly exports: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

/** `entry`: what a process starts with, or a tool's configuration; `test`: tests, benches and what only they import. */
export type SourceKind = 'source' | 'entry' | 'test';

export interface Source {
  readonly path: string;
  readonly text: string;
  readonly place: Place;
  readonly kind: SourceKind;
  /** Lines of text; a last line break begins no line. */
  readonly lineCount: number;
  readonly syntax: Syntax;
  readonly imports: readonly Import[];
}

export interface Place {
  /** A name of the map, or undefined for files at the root. */
  readonly layer: string | undefined;
  /** `kit`, `apps/releases`. */
  readonly product: string | undefined;
  /** The folder below the product, where the layer has rooms. */
  readonly room: string | undefined;
}

export interface Import {
  readonly specifier: string;
  readonly line: number;
  /** `url`: a file named by `new URL('./x.ts', import.meta.url)` or `entryPath(import.meta.url, 'x')`, as one starts a process from it. */
  readonly how: 'static' | 'type' | 'dynamic' | 'url';
  /** The file of ours that it leads to, if it is ours and there. */
  readonly target: string | undefined;
  /** The product of ours that it leads to, also where the door does not exist. */
  readonly product: string | undefined;
}

export function makeProject(tree: FileTree): Project {
  const files = new Map(Object.entries(tree));
  const manifests: Manifest[] = [];
  for (const [path, text] of files) {
    if (posix.basename(path) === 'package.json' && path !== 'package.json') manifests.push(readManifest(path, text));
  }
  const sources: Source[] = [];
  for (const [path, text] of files) {
    if (/\.(ts|tsx|mts|mjs|js)$/.test(path) && !path.endsWith('.d.ts')) sources.push(readSource(path, text, manifests));
  }
  return { files, manifests, sources };
}

export function placeOf(path: string): Place {
  const parts = path.split('/');
  const first = parts[0] as string;
  if (parts.length === 1) return { layer: undefined, product: undefined, room: undefined };
  const depth = first === 'apps' ? 2 : 1;
  const room = layers[first]?.rooms && parts.length > depth + 1 ? parts[depth] : undefined;
  return { layer: first, product: parts.slice(0, depth).join('/'), room };
}

export function layerOf(source: Source): Layer | undefined {
  return source.place.layer === undefined ? undefined : layers[source.place.layer];
}

/** Whether strangers get the file: shipped layers without their tests. */
export function isShipped(source: Source): boolean {
  return source.kind !== 'test' && layerOf(source)?.shipped === true;
}

function readManifest(path: string, text: string): Manifest {
  const json = parseManifest(path, text);
  return {
    path,
    folder: posix.dirname(path),
    text,
    name: json.name ?? '',
    exports: json.exports ?? {},
    dependencies: json.dependencies ?? {},
    devDependencies: json.devDependencies ?? {},
  };
}

function parseManifest(path: string, text: string): Partial<Manifest> {
  try {
    return JSON.parse(text) as Partial<Manifest>;
  } catch (cause) {
    throw new Error(`${path} is no JSON; nothing can be checked without it.`, { cause });
  }
}

function readSource(path: string, text: string, manifests: readonly Manifest[]): Source {
  const syntax = readSyntax(path, text);
  const kind = kindOf(path);
  const lineCount = text === '' ? 0 : text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
  const imports = readImports(path, syntax, manifests);
  return { path, text, place: placeOf(path), kind, lineCount, syntax, imports };
}

function kindOf(path: string): SourceKind {
  if (/\.(test|bench)\.\w+$/.test(path) || /(^|\/)testing\//.test(path)) return 'test';
  if (/(^|\/)main\.ts$/.test(path) || path.endsWith('.config.ts') || /\.m?js$/.test(path)) return 'entry';
  if (/^apps\/[^/]+\/seed\.ts$/.test(path)) return 'entry';
  return 'source';
}

/** A test may start any process and read any file of ours; only what it imports is held to the walls. */
export function isFixture(source: Source, { how }: Import): boolean {
  return source.kind === 'test' && how === 'url';
}

function readImports(path: string, syntax: Syntax, manifests: readonly Manifest[]): Import[] {
  const imports: Import[] = [];
  walk(syntax.program, (node) => {
    const found = importOf(node);
    if (found !== undefined) {
      imports.push({ ...found, line: syntax.lineOf(node.start), ...resolve(path, found.specifier, manifests) });
    }
  });
  return imports;
}

function importOf(node: Node): Pick<Import, 'specifier' | 'how'> | undefined {
  switch (node.type) {
    case 'ImportDeclaration':
      return { specifier: node.source.value, how: node.importKind === 'type' ? 'type' : 'static' };
    case 'ExportAllDeclaration':
    case 'ExportNamedDeclaration':
      if (!node.source) return undefined;
      return { specifier: node.source.value, how: node.exportKind === 'type' ? 'type' : 'static' };
    case 'TSImportType':
      return { specifier: node.source.value, how: 'type' };
    case 'ImportExpression':
      return literal(node.source, 'dynamic');
    case 'CallExpression':
      return importOfCall(node);
    case 'NewExpression':
      return dotted(node.callee) === 'URL' && node.arguments.length === 2
        ? literal(node.arguments[0], 'url')
        : undefined;
    default:
      return undefined;
  }
}

function importOfCall(node: Extract<Node, { type: 'CallExpression' }>): Pick<Import, 'specifier' | 'how'> | undefined {
  switch (dotted(node.callee)) {
    case 'require':
    case 'vi.mock':
      return literal(node.arguments[0], 'dynamic');
    case 'entryPath': {
      const name = literal(node.arguments[1], 'dynamic')?.specifier;
      return name === undefined ? undefined : { specifier: `./${name}.ts`, how: 'url' };
    }
    default:
      return undefined;
  }
}

function literal(node: Node | undefined, how: Import['how']): Pick<Import, 'specifier' | 'how'> | undefined {
  if (node?.type !== 'Literal' || typeof node.value !== 'string') return undefined;
  if (how === 'url' && !node.value.startsWith('.')) return undefined;
  return { specifier: node.value, how };
}

function resolve(from: string, specifier: string, manifests: readonly Manifest[]): Pick<Import, 'target' | 'product'> {
  if (specifier.startsWith('.')) {
    const target = posix.join(posix.dirname(from), specifier);
    return { target, product: placeOf(target).product };
  }
  const manifest = manifests.find(({ name }) => specifier === name || specifier.startsWith(`${name}/`));
  if (manifest === undefined) return { target: undefined, product: undefined };
  const door = manifest.exports[`.${specifier.slice(manifest.name.length)}`]?.['palier-source'];
  return {
    target: door === undefined ? undefined : posix.join(manifest.folder, door),
    product: manifest.folder,
  };
}
