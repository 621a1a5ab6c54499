/**
 * A number that has a unit carries it in its name.
 */
import { posix } from 'node:path';
import { isShipped, type Source } from '../project.ts';
import type { Breach, Rule } from '../rule.ts';
import { walk, type Node } from '../syntax.ts';

/** A length of time, whatever the file. */
const times = /(timeout|interval|delay|ttl|duration|latency|deadline|cooldown)$/i;
/** An amount of something, in a room's options. */
const amounts = /(size|memory|limit|period|age|grace|window|rate)$/i;

export const units: Rule = {
  name: 'units',
  sentence:
    'A number that is a time, and in options.ts also one that is an amount, ends with its unit: timeoutMs, maxBytes.',
  check(project) {
    return project.sources.filter(isShipped).flatMap(checkSource);
  },
  canaries: [
    {
      shows: 'a time without a unit in a type and in a constant',
      breach: { 'kit/cache/a.ts': 'export interface A {\n  readonly loadTimeout: number;\n}\nconst delay = 5;\n' },
      at: ['kit/cache/a.ts:2', 'kit/cache/a.ts:4'],
      sound: {
        'kit/cache/a.ts':
          "export interface A {\n  readonly loadTimeoutMs: number;\n  duration: string;\n}\nconst size = 5;\nexport const delay = '5s';\n",
      },
    },
    {
      shows: 'an amount without a unit in the options of a room',
      breach: {
        'kit/cache/options.ts':
          'export interface O {\n  batchSize?: number;\n}\nexport const defaults = {\n  maxAge: 60_000,\n};\n',
      },
      at: ['kit/cache/options.ts:2', 'kit/cache/options.ts:5'],
      sound: {
        'kit/cache/options.ts':
          'export interface O {\n  batchRows?: number;\n}\nexport const o = { maxAgeMs: 60_000 };\n',
      },
    },
  ],
};

function checkSource(source: Source): Breach[] {
  const breaches: Breach[] = [];
  const inOptions = posix.basename(source.path) === 'options.ts';
  walk(source.syntax.program, (node) => {
    const name = numberName(node);
    if (name === undefined || !(times.test(name) || (inOptions && amounts.test(name)))) return;
    breaches.push({
      path: source.path,
      line: source.syntax.lineOf(node.start),
      is: `the number ${name} has no unit`,
      should: `end with it: ${name}${times.test(name) ? 'Ms' : 'Bytes, …Count, …PerSecond'}`,
    });
  });
  return breaches;
}

/** The name of a property or constant that is seen to be a number. */
function numberName(node: Node): string | undefined {
  switch (node.type) {
    case 'TSPropertySignature':
    case 'PropertyDefinition':
      return node.typeAnnotation?.typeAnnotation.type === 'TSNumberKeyword' ? plainName(node.key) : undefined;
    case 'Property':
      return isNumber(node.value) ? plainName(node.key) : undefined;
    case 'VariableDeclarator':
      return node.init && isNumber(node.init) ? plainName(node.id) : undefined;
    default:
      return undefined;
  }
}

function isNumber(node: Node): boolean {
  return node.type === 'Literal' && typeof node.value === 'number';
}

function plainName(node: Node): string | undefined {
  return node.type === 'Identifier' ? node.name : undefined;
}
