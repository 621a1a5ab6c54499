/**
 * Importing a module does nothing but define names. An approximation by syntax: no statement at the top level acts, and no
 * initialiser calls into Node's surroundings.
 */
import { isShipped, type Source } from '../project.ts';
import type { Breach, Rule } from '../rule.ts';
import { dotted, isFunction, walk, type Node } from '../syntax.ts';

/** Statements that define; every other one at the top level acts. */
const definitions = new Set([
  'ImportDeclaration',
  'ExportNamedDeclaration',
  'ExportDefaultDeclaration',
  'ExportAllDeclaration',
  'FunctionDeclaration',
  'ClassDeclaration',
  'VariableDeclaration',
  'TSInterfaceDeclaration',
  'TSTypeAliasDeclaration',
  'TSDeclareFunction',
]);
/** Modules of Node whose functions only compute. */
const pureModules = new Set([
  'node:path',
  'node:url',
  'node:util',
  'node:crypto',
  'node:module',
  'node:buffer',
  'node:os',
]);

export const importEffects: Rule = {
  name: 'import-effects',
  sentence: 'Importing a module has no effect: its top level defines and does not act; what acts is a main.ts.',
  check(project) {
    return project.sources.filter((source) => isShipped(source) && source.kind === 'source').flatMap(checkSource);
  },
  canaries: [
    {
      shows: 'a call, a loop, an await, an import for its effect',
      breach: {
        'kit/cache/a.ts':
          "import './register.ts';\nstart();\nfor (const x of []) x;\nconst y = await load();\nexport class A {\n  static b = 1;\n  static { start(); }\n}\n",
      },
      at: ['kit/cache/a.ts:1', 'kit/cache/a.ts:2', 'kit/cache/a.ts:3', 'kit/cache/a.ts:4', 'kit/cache/a.ts:7'],
      sound: {
        'kit/cache/a.ts':
          "import { z } from 'zod';\nconst shape = z.object({ a: z.string() });\nconst units = new Map([['a', 1]]);\nconst read = async () => await load();\nexport function f() { start(); }\n",
        'kit/cache/main.ts': 'start();\n',
        'kit/cache/a.test.ts': 'start();\n',
      },
    },
    {
      shows: 'an initialiser that reads a file or opens a port',
      breach: {
        'control/driver/a.ts':
          "import { readFileSync } from 'node:fs';\nimport * as net from 'node:net';\nconst text = readFileSync('x');\nconst server = net.createServer();\nconst table = (() => readFileSync('y'))();\n",
      },
      at: ['control/driver/a.ts:3', 'control/driver/a.ts:4', 'control/driver/a.ts:5'],
      sound: {
        'control/driver/a.ts':
          "import { readFileSync } from 'node:fs';\nimport { join } from 'node:path';\nconst path = join('a', 'b');\nconst read = () => readFileSync(path);\n",
      },
    },
  ],
};

function checkSource(source: Source): Breach[] {
  const breaches: Breach[] = [];
  const report = (node: Node, is: string): void => {
    breaches.push({
      path: source.path,
      line: source.syntax.lineOf(node.start),
      is: `${is} when the module is imported`,
      should: 'do it in a function that the caller calls, or in a main.ts',
    });
  };
  const effectful = namesFromNode(source);
  for (const statement of source.syntax.program.body as Node[]) {
    if (!definitions.has(statement.type)) {
      report(statement, 'a statement acts');
    } else if (statement.type === 'ImportDeclaration') {
      if (statement.specifiers.length === 0 && statement.importKind !== 'type') report(statement, 'an import acts');
    } else {
      walk(statement, (node, parents) => {
        if (isFunction(node) && !isCalledAtOnce(node, parents.at(-1))) return false;
        if (node.type === 'AwaitExpression') report(node, 'something is awaited');
        if (node.type === 'StaticBlock') report(node, 'a static block acts');
        if (node.type === 'CallExpression' && effectful.has(dotted(node.callee)?.split('.')[0] ?? '')) {
          report(node, `${dotted(node.callee)}() is called`);
        }
        return node.type !== 'StaticBlock' && node.type !== 'AwaitExpression';
      });
    }
  }
  return breaches;
}

/** Local names that stand for functions of Node with effects. */
function namesFromNode(source: Source): Set<string> {
  const names = new Set<string>(['fetch']);
  for (const statement of source.syntax.program.body) {
    if (statement.type !== 'ImportDeclaration') continue;
    const module = statement.source.value;
    if (!module.startsWith('node:') || pureModules.has(module)) continue;
    for (const { local } of statement.specifiers) names.add(local.name);
  }
  return names;
}

function isCalledAtOnce(node: Node, parent: Node | undefined): boolean {
  return parent?.type === 'CallExpression' && parent.callee === node;
}
