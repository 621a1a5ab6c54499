/**
 * Time, chance, environment and the terminal are handed in, so that a test can set them and a simulation can skip them.
 */
import type { Source } from '../project.ts';
import { isShipped } from '../project.ts';
import type { Breach, Rule } from '../rule.ts';
import { dotted, walk, type Node } from '../syntax.ts';

const insteadOf = {
  clock: 'take a Clock (@palier/base/clock)',
  timers: 'take Timers (@palier/base/timers)',
  random: 'take a Random (@palier/base/random)',
  log: 'take a Log (@palier/base/log)',
  process: "let the process's main.ts read it and hand it in",
} as const;

/** Members of globals, as they are written. */
const members: Readonly<Record<string, string>> = {
  'Date.now': insteadOf.clock,
  'performance.now': insteadOf.clock,
  'performance.timeOrigin': insteadOf.clock,
  'process.hrtime': insteadOf.clock,
  'Math.random': insteadOf.random,
  'AbortSignal.timeout': insteadOf.timers,
  'process.env': insteadOf.process,
  'process.argv': insteadOf.process,
  'process.exit': insteadOf.process,
  'process.stdin': insteadOf.process,
  'process.stdout': insteadOf.log,
  'process.stderr': insteadOf.log,
};
const globals: Readonly<Record<string, string>> = {
  setTimeout: insteadOf.timers,
  setInterval: insteadOf.timers,
  setImmediate: insteadOf.timers,
  console: insteadOf.log,
};
const modules: Readonly<Record<string, string>> = {
  'node:timers': insteadOf.timers,
  'node:timers/promises': insteadOf.timers,
  'node:console': insteadOf.log,
};

export const handedIn: Rule = {
  name: 'handed-in',
  sentence:
    'No Date.now, Math.random, process.env, setTimeout, console outside base, cli and the mains: they are handed in.',
  check(project) {
    return project.sources.filter(isHeld).flatMap(checkSource);
  },
  canaries: [
    {
      shows: 'the time, read',
      breach: {
        'load/judge/a.ts':
          'export const a = () => Date.now();\nexport const b = () => new Date();\nexport const c = () => performance.now();\nexport const d = () => process.hrtime.bigint();\n',
      },
      at: ['load/judge/a.ts:1', 'load/judge/a.ts:2', 'load/judge/a.ts:3', 'load/judge/a.ts:4'],
      sound: {
        'load/judge/a.ts': 'export const a = (ms: number) => new Date(ms);\n',
        'base/clock.ts': 'export const a = () => Date.now();\n',
        'load/judge/a.test.ts': 'const a = Date.now();\n',
      },
    },
    {
      shows: 'chance and timers, also through globalThis and node:timers',
      breach: {
        'kit/cache/a.ts':
          "import { setTimeout as sleep } from 'node:timers/promises';\nexport const a = () => Math.random();\nexport const b = () => globalThis.setInterval(a, 1);\nexport const c = { setTimeout };\nexport const d = () => AbortSignal.timeout(5);\n",
      },
      at: ['kit/cache/a.ts:1', 'kit/cache/a.ts:2', 'kit/cache/a.ts:3', 'kit/cache/a.ts:4', 'kit/cache/a.ts:5'],
      sound: {
        'kit/cache/a.ts':
          'export const a = (socket: { setTimeout(ms: number): void }) => socket.setTimeout(5);\nexport const b = { console: 1 };\n',
      },
    },
    {
      shows: 'environment and terminal',
      breach: {
        'control/driver/a.ts':
          "import { env } from 'node:process';\nexport const { argv } = process;\nexport const b = () => console.error(process.env.HOME);\n",
      },
      at: ['control/driver/a.ts:1', 'control/driver/a.ts:2', 'control/driver/a.ts:3', 'control/driver/a.ts:3'],
      sound: {
        'control/driver/main.ts': 'console.error(process.env.HOME, process.argv);\n',
        'apps/velo/main.ts': 'setTimeout(() => console.log(process.env.HOME), Date.now());\n',
      },
    },
    {
      shows: 'a main.ts of a room that keeps its own time',
      breach: { 'load/generator/main.ts': 'const started = Date.now();\nsetTimeout(() => {}, 5);\n' },
      at: ['load/generator/main.ts:1', 'load/generator/main.ts:2'],
      sound: { 'load/generator/main.ts': "import { systemClock } from '@palier/base/clock';\n" },
    },
  ],
};

function isHeld(source: Source): boolean {
  const { layer } = source.place;
  if (!isShipped(source) || layer === 'base' || layer === 'cli') return false;
  return !(layer === 'apps' && source.kind === 'entry');
}

function checkSource(source: Source): Breach[] {
  const breaches: Breach[] = [];
  const report = (offset: number, name: string, should: string): void => {
    const surroundings = should === insteadOf.process || should === insteadOf.log;
    if (source.kind === 'entry' && surroundings) return;
    breaches.push({ path: source.path, line: source.syntax.lineOf(offset), is: `uses ${name}`, should });
  };
  walk(source.syntax.program, (node, parents) => {
    for (const [name, should] of uses(node, parents)) report(node.start, name, should);
  });
  return breaches;
}

/** What the node itself uses: name → what should be. */
function uses(node: Node, parents: readonly Node[]): [string, string][] {
  switch (node.type) {
    case 'MemberExpression': {
      const name = dotted(node)?.replace(/^(globalThis|global|window|self)\./, '');
      const should =
        name === undefined ? undefined : (members[name] ?? (dotted(node) === name ? undefined : globals[name]));
      return should === undefined ? [] : [[name as string, should]];
    }
    case 'Identifier': {
      const should = globals[node.name];
      return should === undefined || !isReference(node, parents.at(-1)) ? [] : [[node.name, should]];
    }
    case 'NewExpression':
    case 'CallExpression':
      return dotted(node.callee) === 'Date' && (node.arguments.length === 0 || node.type === 'CallExpression')
        ? [['the time (Date without an argument)', insteadOf.clock]]
        : [];
    case 'VariableDeclarator':
      return node.id.type === 'ObjectPattern' && node.init?.type === 'Identifier'
        ? node.id.properties.flatMap((property) => picked(node.init as Node, property))
        : [];
    case 'ImportDeclaration':
      return imported(node);
    default:
      return [];
  }
}

/** Not a property's name, and not a name that is being given. */
function isReference(node: Node, parent: Node | undefined): boolean {
  switch (parent?.type) {
    case 'MemberExpression':
      return parent.object === node || parent.computed;
    case 'Property':
      return parent.value === node;
    case 'MethodDefinition':
    case 'PropertyDefinition':
    case 'TSPropertySignature':
    case 'TSMethodSignature':
      return parent.key !== node;
    case 'ImportSpecifier':
      return false;
    default:
      return true;
  }
}

function picked(object: Node, property: Node): [string, string][] {
  const from = dotted(object);
  if (property.type !== 'Property' || property.key.type !== 'Identifier') return [];
  const name = `${from}.${property.key.name}`;
  const should = members[name];
  return should === undefined ? [] : [[name, should]];
}

function imported(node: Extract<Node, { type: 'ImportDeclaration' }>): [string, string][] {
  const module = node.source.value;
  if (node.importKind === 'type') return [];
  const should = modules[module];
  if (should !== undefined) return [[module, should]];
  if (module !== 'node:process') return [];
  return node.specifiers.flatMap((specifier): [string, string][] => {
    if (specifier.type !== 'ImportSpecifier' || specifier.imported.type !== 'Identifier') return [];
    const name = `process.${specifier.imported.name}`;
    const instead = members[name];
    return instead === undefined ? [] : [[name, instead]];
  });
}
