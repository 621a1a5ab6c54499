/**
 * A module keeps nothing between its callers: no singleton, no global registry.
 */
import { isShipped, type Source } from '../project.ts';
import type { Breach, Rule } from '../rule.ts';
import type { Node } from '../syntax.ts';

const containers = new Set(['Map', 'Set', 'WeakMap', 'WeakSet', 'Array', 'EventEmitter']);

export const sharedState: Rule = {
  name: 'shared-state',
  sentence: 'No state at the top level of a module: no let, no empty container waiting to be filled.',
  check(project) {
    return project.sources.filter((source) => isShipped(source) && source.kind === 'source').flatMap(checkSource);
  },
  canaries: [
    {
      shows: 'a counter and a registry',
      breach: {
        'kit/cache/a.ts':
          'let count = 0;\nexport const caches = new Map<string, number>();\nconst list: string[] = [];\nconst open = {} as Record<string, number>;\n',
      },
      at: ['kit/cache/a.ts:1', 'kit/cache/a.ts:2', 'kit/cache/a.ts:3', 'kit/cache/a.ts:4'],
      sound: {
        'kit/cache/a.ts':
          "const units = new Set(['a']);\nexport const none: readonly string[] = [];\nexport const defaults = { a: 1 };\nexport const nothing = Object.freeze({});\nexport function f() { let count = 0; return new Map(); }\n",
        'kit/cache/main.ts': 'let count = 0;\n',
      },
    },
  ],
};

function checkSource(source: Source): Breach[] {
  return (source.syntax.program.body as Node[]).flatMap((statement): Breach[] => {
    const node = statement.type === 'ExportNamedDeclaration' ? (statement.declaration as Node | null) : statement;
    if (node?.type !== 'VariableDeclaration' || node.declare) return [];
    const breach = (is: string): Breach => ({
      path: source.path,
      line: source.syntax.lineOf(node.start),
      is,
      should: 'let a function make it and hand it to who needs it',
    });
    if (node.kind === 'let' || node.kind === 'var') return [breach(`a module-wide ${node.kind}`)];
    return node.declarations.flatMap(({ id, init }) => {
      const annotation = id.type === 'Identifier' ? id.typeAnnotation?.typeAnnotation : undefined;
      return init && isEmptyContainer(init) && !isReadonly(annotation, source)
        ? [breach('a container that every caller shares')]
        : [];
    });
  });
}

function isEmptyContainer(node: Node): boolean {
  switch (node.type) {
    case 'TSAsExpression':
    case 'TSSatisfiesExpression':
      return isEmptyContainer(node.expression);
    case 'ArrayExpression':
      return node.elements.length === 0;
    case 'ObjectExpression':
      return node.properties.length === 0;
    case 'NewExpression':
      return node.callee.type === 'Identifier' && containers.has(node.callee.name) && node.arguments.length === 0;
    default:
      return false;
  }
}

/** `readonly T[]`, `ReadonlyMap`, `Readonly<…>`: nobody fills it. */
function isReadonly(annotation: Node | undefined, source: Source): boolean {
  return annotation !== undefined && /^readonly/i.test(source.text.slice(annotation.start, annotation.end));
}
