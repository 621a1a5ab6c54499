/**
 * From the file as written to the system as meant: the shape, then the relations between keys, then every default filled in.
 * Each mistake is named by its key, what stands there and what is expected; all of them at once.
 */
import { dirname } from 'node:path';
import { protocolError } from '../errors.ts';
import type { System } from './file.ts';
import { balancerOf, scenarioOf, serviceOf } from './fill.ts';
import { systemLimits } from './options.ts';
import { describeProblem, type Problem, problemsOf } from './problem.ts';
import { relationProblems } from './relations.ts';
import type { Scenario } from './scenario.ts';
import { systemFileSchema } from './schema.ts';

export interface CheckedSystem {
  readonly system: System;
  readonly scenarios: Readonly<Record<string, Scenario>>;
}

/**
 * Checks what the file `file` (absolute) exports. Throws PALIER_CONFIG_INVALID with every mistake found (at most 20 shown).
 */
export function checkSystem(exported: unknown, file: string): CheckedSystem {
  const shape = systemFileSchema.safeParse(exported);
  const problems = shape.success ? relationProblems(shape.data) : problemsOf(shape.error, exported, systemFileSchema);
  if (problems.length > 0 || !shape.success) throw configError(file, problems);
  const folder = dirname(file);
  const scenarios = Object.entries(shape.data.scenarios ?? {});
  return {
    system: {
      name: shape.data.name,
      file,
      folder,
      services: Object.entries(shape.data.services).map(([name, service]) => serviceOf(name, service, folder)),
      balancer: balancerOf(shape.data),
    },
    scenarios: Object.fromEntries(scenarios.map(([name, scenario]) => [name, scenarioOf(name, scenario, shape.data)])),
  };
}

function configError(file: string, problems: readonly Problem[]): Error {
  const shown = problems.slice(0, systemLimits.maxProblemsCount).map(describeProblem);
  const hidden = problems.length - shown.length;
  if (hidden > 0) shown.push(`  … and ${hidden} more`);
  return protocolError('PALIER_CONFIG_INVALID', {
    file,
    count: problems.length === 1 ? 'one mistake' : `${problems.length} mistakes`,
    problems: shown.join('\n'),
  });
}
