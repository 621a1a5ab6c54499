/**
 * `npm run tidy`: the walls and limits of the design, checked; and whether the checks still see. One line a breach:
 * `file:line  rule: what is; what should be`. Exit status 1 when there is one.
 */
import { readTree } from './disk.ts';
import { makeProject } from './project.ts';
import { findBlindRules, findBreaches } from './rule.ts';
import { rules } from './rules.ts';
import { medianLines } from './shape/file-size.ts';

const project = makeProject(readTree());
const blind = findBlindRules(rules);
const findings = findBreaches(rules, project);
for (const sentence of blind) console.log(`blind rule  ${sentence}`);
for (const { path, line, rule, is, should } of findings) console.log(`${path}:${line}  ${rule}: ${is}; ${should}`);
const canaries = rules.reduce((sum, rule) => sum + rule.canaries.length, 0);
console.log(
  `tidy: ${project.sources.length} files, median ${medianLines(project)} lines; ${rules.length} rules, ${canaries} canaries; ` +
    `${findings.length + blind.length === 0 ? 'sound' : `${findings.length} breaches, ${blind.length} blind`}`,
);
process.exitCode = findings.length + blind.length === 0 ? 0 : 1;
