/**
 * How many generator processes a command may start, from its arguments, its scenarios and the machine.
 */
import { generatorCount } from '@palier/load/generator';
import type { Scenario } from '@palier/protocol';
import { generatorCores, type TargetPlace } from './pinning.ts';
import type { Generators } from './watched-load.ts';

export interface PlacedGenerators extends Generators {
  /** The most of them that play at once: so many cores they get. */
  readonly pinned: number;
}

/** `target`: an address that palier does not run; undefined: it runs the system itself. */
export function generatorsFor(
  cpus: readonly number[],
  systemCores: number | null,
  { generators, target }: { readonly generators: number | undefined; readonly target?: string | undefined },
  scenarios: readonly Scenario[],
): PlacedGenerators {
  const cores = generatorCores(cpus, systemCores, placeOf(target));
  const counts = scenarios.map((scenario) => generatorCount(scenario, { asked: generators, cores }).count);
  return { asked: generators, cores, pinned: Math.max(1, ...counts) };
}

function placeOf(target: string | undefined): TargetPlace {
  if (target === undefined) return 'own';
  const host = URL.canParse(target) ? new URL(target).hostname : '';
  return /^(localhost|127\.|\[::1\])/.test(host) ? 'here' : 'elsewhere';
}
