/**
 * A function fits on a screen.
 */
import type { Source } from '../project.ts';
import type { Breach, Rule } from '../rule.ts';
import { dotted, isFunction, walk, type Node } from '../syntax.ts';

const maxFunctionLines = 70;

export const functionSize: Rule = {
  name: 'function-size',
  sentence: `At most ${maxFunctionLines} lines a function (describe() in tests not counted; exceptions in a table, with reasons).`,
  check(project) {
    return project.sources.flatMap(checkSource);
  },
  canaries: [
    {
      shows: 'a function, a method and an arrow of 71 lines',
      breach: {
        'base/a.ts': `export function long() {${'\n'.repeat(70)}}\nclass A {\n  method() {${'\n'.repeat(70)}}\n}\nconst arrow = () => {${'\n'.repeat(70)}};\n`,
      },
      at: ['base/a.ts:1', 'base/a.ts:73', 'base/a.ts:145'],
      sound: {
        'base/a.ts': `export function long() {${'\n'.repeat(69)}}\n`,
        'base/a.test.ts': `describe('a', () => {${'\n'.repeat(90)}});\ndescribe.skipIf(true)('a', () => {${'\n'.repeat(90)}});\n`,
      },
    },
  ],
};

function checkSource(source: Source): Breach[] {
  const breaches: Breach[] = [];
  const { lineOf } = source.syntax;
  walk(source.syntax.program, (node, parents) => {
    if (!isFunction(node) || (source.kind === 'test' && isDescribe(parents.at(-1)))) return;
    const lines = lineOf(node.end) - lineOf(node.start) + 1;
    if (lines <= maxFunctionLines) return;
    const name = nameOf(node, parents.at(-1));
    breaches.push({
      path: source.path,
      line: lineOf(node.start),
      is: `${name} has ${lines} lines`,
      should: `at most ${maxFunctionLines}: give its steps names`,
      subject: `${source.path}#${name}`,
    });
  });
  return breaches;
}

function isDescribe(parent: Node | undefined): boolean {
  if (parent?.type !== 'CallExpression') return false;
  const callee = parent.callee.type === 'CallExpression' ? parent.callee.callee : parent.callee;
  return dotted(callee)?.split('.')[0] === 'describe';
}

function nameOf(node: Node, parent: Node | undefined): string {
  if (node.type === 'FunctionDeclaration' && node.id) return node.id.name;
  if (parent?.type === 'VariableDeclarator' && parent.id.type === 'Identifier') return parent.id.name;
  const key = parent?.type === 'MethodDefinition' || parent?.type === 'Property' ? parent.key : undefined;
  return key?.type === 'Identifier' ? key.name : 'a function';
}
