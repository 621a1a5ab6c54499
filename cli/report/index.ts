/**
 * A run, or the search for a limit, as one HTML file that opens anywhere, without a network.
 */
import type { LimitReport, RunReport } from '@palier/protocol';
import { limitPage } from './limit/page.ts';
import { page } from './page.ts';

export { byReplicas, curveProbes, levelUnit, replicasWords } from './limit/words.ts';

/** The whole file. Everything that comes from the run is escaped. */
export function renderReport(report: RunReport): string {
  return page(report).markup;
}

/** The same for the result of `palier limit`. */
export function renderLimitReport(report: LimitReport): string {
  return limitPage(report).markup;
}
