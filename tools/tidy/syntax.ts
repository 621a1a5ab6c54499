/**
 * The syntax of a source file: what oxc-parser reads, and the few ways in which rules look at it.
 *
 * TypeScript 7's package offers no parser in the process (its API talks to the compiler as a server); oxc-parser is what knip and
 * Vite stand on, and parses a file in under a millisecond.
 */
import { type Node, parseSync, type Program } from 'oxc-parser';

export type { Node, Program };

export interface Syntax {
  readonly program: Program;
  readonly comments: readonly { readonly start: number; readonly end: number }[];
  /** The line (from 1) of an offset. */
  readonly lineOf: (offset: number) => number;
}

export function readSyntax(path: string, text: string): Syntax {
  const result = parseSync(path, text, { preserveParens: false });
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return {
    program: result.program,
    comments: result.comments,
    lineOf: (offset) => starts.findLastIndex((start) => start <= offset) + 1,
  };
}

/** Calls `visit` for each node, parents first. Where it answers `false`, what lies below is passed over. */
export function walk(
  node: Node,
  visit: (node: Node, parents: readonly Node[]) => boolean | undefined | void,
  parents: readonly Node[] = [],
): void {
  if (visit(node, parents) === false) return;
  const below = [...parents, node];
  for (const value of Object.values(node)) {
    if (Array.isArray(value)) {
      for (const item of value) if (isNode(item)) walk(item, visit, below);
    } else if (isNode(value)) {
      walk(value, visit, below);
    }
  }
}

/** `object.property` as written, for plain names: `Date.now`, `globalThis.console`. */
export function dotted(node: Node): string | undefined {
  if (node.type === 'Identifier') return node.name;
  if (node.type !== 'MemberExpression' || node.computed) return undefined;
  const object = dotted(node.object);
  return object === undefined || node.property.type !== 'Identifier' ? undefined : `${object}.${node.property.name}`;
}

export function isFunction(node: Node): boolean {
  return (
    node.type === 'FunctionDeclaration' || node.type === 'FunctionExpression' || node.type === 'ArrowFunctionExpression'
  );
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string';
}
