import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readTree, root } from './disk.ts';
import { makeProject } from './project.ts';
import { findBlindRules, findBreaches, type Rule } from './rule.ts';
import { rules } from './rules.ts';

describe('tidy', () => {
  it.each(rules.map((rule) => [rule.name, rule] as const))(
    '%s reports its canaries and spares their sound twins',
    (_, rule) => {
      expect(findBlindRules([rule])).toEqual([]);
    },
  );

  it('notices a rule that has gone blind and one that sees ghosts', () => {
    const [rule] = rules as [Rule];
    const ghost = { path: 'base/a.ts', line: 1, is: '', should: '' };
    expect(findBlindRules([{ ...rule, check: () => [] }]).length).toBe(rule.canaries.length);
    expect(findBlindRules([{ ...rule, check: () => [ghost] }]).length).toBe(2 * rule.canaries.length);
    expect(findBlindRules([{ ...rule, canaries: [] }])).toHaveLength(1);
  });

  it('has the rules that STYLE.md names, all of them and no other', () => {
    const text = readFileSync(join(root, 'STYLE.md'), 'utf8');
    const named = [...text.matchAll(/\*\*tidy\*\*\s+`([\w-]+)`/g)].map((match) => match[1]);
    expect(named.toSorted()).toEqual(rules.map(({ name }) => name).toSorted());
  });

  it('finds the repository sound', () => {
    expect(findBreaches(rules, makeProject(readTree()))).toEqual([]);
  });
});
