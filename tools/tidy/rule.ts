/**
 * What a rule is, and how rules are run. Each rule has canaries: a tiny breach that it must report and a sound twin that it must not.
 */
import { exceptions } from './exceptions.ts';
import { makeProject, type FileTree, type Project } from './project.ts';

export interface Rule {
  /** As STYLE.md names it. */
  readonly name: string;
  /** The promise that it keeps. */
  readonly sentence: string;
  check(project: Project): readonly Breach[];
  readonly canaries: readonly Canary[];
}

export interface Breach {
  readonly path: string;
  readonly line: number;
  readonly is: string;
  readonly should: string;
  /** What an exception may name: the path by default, `path#function` for a function. */
  readonly subject?: string;
}

export interface Canary {
  /** The breach, in words. */
  readonly shows: string;
  readonly breach: FileTree;
  /** `path:line` of each report, in order. */
  readonly at: readonly string[];
  readonly sound: FileTree;
}

export interface Finding extends Breach {
  readonly rule: string;
}

/** All breaches of all rules, sorted by place, without the listed exceptions; an exception that excepts nothing is a breach. */
export function findBreaches(rules: readonly Rule[], project: Project): Finding[] {
  const findings: Finding[] = [];
  const used = new Set<string>();
  for (const rule of rules) {
    for (const breach of rule.check(project)) {
      const subject = breach.subject ?? breach.path;
      const exception = exceptions.find((entry) => entry.rule === rule.name && entry.subject === subject);
      if (exception) used.add(`${exception.rule} ${exception.subject}`);
      else findings.push({ rule: rule.name, ...breach });
    }
  }
  for (const { rule, subject } of exceptions) {
    if (used.has(`${rule} ${subject}`)) continue;
    findings.push({
      rule,
      path: 'tools/tidy/exceptions.ts',
      line: 1,
      is: `${subject} is excepted but keeps the rule`,
      should: 'take the exception out: limits only tighten',
    });
  }
  return findings.toSorted((a, b) => a.path.localeCompare(b.path) || a.line - b.line);
}

/** Sentences on canaries that did not sing (a blind rule) or sang without cause (a rule that sees ghosts). */
export function findBlindRules(rules: readonly Rule[]): string[] {
  const blind: string[] = [];
  for (const rule of rules) {
    if (rule.canaries.length === 0) blind.push(`${rule.name}: has no canary; each rule must show that it sees.`);
    for (const canary of rule.canaries) {
      const seen = places(rule, canary.breach);
      if (seen !== canary.at.join(' ')) {
        blind.push(
          `${rule.name}: "${canary.shows}" must be reported at ${canary.at.join(' ')}, reported: ${seen || 'nothing'}.`,
        );
      }
      const ghosts = places(rule, canary.sound);
      if (ghosts !== '')
        blind.push(`${rule.name}: the sound twin of "${canary.shows}" must not be reported, but was at ${ghosts}.`);
    }
  }
  return blind;
}

function places(rule: Rule, tree: FileTree): string {
  return rule
    .check(makeProject({ ...ground, ...tree }))
    .map(({ path, line }) => `${path}:${line}`)
    .join(' ');
}

/** What every canary stands on: a few products with one door each. */
const ground: FileTree = {
  'base/package.json': manifest('@palier/base', { './clock': './clock.ts' }),
  'protocol/package.json': manifest('@palier/protocol', { '.': './index.ts' }),
  'kit/package.json': manifest('@palier/kit', { './cache': './cache/index.ts' }),
  'load/package.json': manifest('@palier/load', { './judge': './judge/index.ts' }),
  'control/package.json': manifest('@palier/control', { './driver': './driver/index.ts' }),
  'cli/package.json': manifest('palier', { '.': './index.ts' }),
  'testkit/package.json': manifest('@palier/testkit', { './clock': './clock.ts' }),
};

function manifest(name: string, doors: Readonly<Record<string, string>>): string {
  const exports = Object.entries(doors).map(([door, source]) => [
    door,
    {
      'palier-source': source,
      types: source.replace(/^\.\/(.*)\.ts$/, './dist/$1.d.ts'),
      default: source.replace(/^\.\/(.*)\.ts$/, './dist/$1.js'),
    },
  ]);
  return JSON.stringify({ name, exports: Object.fromEntries(exports) });
}
