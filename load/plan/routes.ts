/** Which routes a plan asks for. */
import type { GeneratorPlan } from '@palier/protocol';

/** By name, each once: of requests, connects and expects. A send, a hold and a close have no time, and count only when they go wrong. */
export function timedRoutes({ start, tasks }: Pick<GeneratorPlan, 'start' | 'tasks'>): string[] {
  const steps = [...start, ...tasks.flatMap((task) => task.steps)];
  const timed = steps.filter(({ kind }) => kind === undefined || kind === 'connect' || kind === 'expect');
  return [...new Set(timed.map(({ route }) => route))];
}
