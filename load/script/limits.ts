/** The limits that a load tool can judge by itself: times and errors, of all requests or of a route. */
import type { GeneratorPlan, RouteLimitsFile, Scenario } from '@palier/protocol';

export interface SeenLimit {
  /** Null: all requests. */
  readonly route: string | null;
  readonly what: 'p95' | 'p99' | 'errors';
  /** Milliseconds, or percent; less than this. */
  readonly limit: number;
}

export function seenLimits({ limits }: Scenario): SeenLimit[] {
  const routes = Object.entries(limits.routes ?? {}).flatMap(([route, own]) => limitsOf(route, own));
  return [...limitsOf(null, limits), ...routes];
}

/**
 * The judged parts of the run as seconds [from, to], those that follow one another joined; null when all of it is judged, or nothing.
 */
export function judgedSeconds({ windows }: GeneratorPlan): readonly (readonly [number, number])[] | null {
  const parts: [number, number][] = [];
  for (const { startMs, endMs, judged } of windows) {
    if (!judged || endMs <= startMs) continue;
    const last = parts.at(-1);
    if (last?.[1] === startMs / 1000) last[1] = endMs / 1000;
    else parts.push([startMs / 1000, endMs / 1000]);
  }
  const runMs = Math.max(0, ...windows.map(({ endMs }) => endMs));
  const [first] = parts;
  const all = parts.length === 1 && first?.[0] === 0 && first[1] === runMs / 1000;
  return parts.length === 0 || all ? null : parts;
}

function limitsOf(route: string | null, { p95Ms, p99Ms, errorPercent }: RouteLimitsFile): SeenLimit[] {
  const limits: SeenLimit[] = [];
  if (p95Ms !== undefined) limits.push({ route, what: 'p95', limit: p95Ms });
  if (p99Ms !== undefined) limits.push({ route, what: 'p99', limit: p99Ms });
  if (errorPercent !== undefined) limits.push({ route, what: 'errors', limit: errorPercent });
  return limits;
}
