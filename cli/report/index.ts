/**
 * A run as one HTML file that opens anywhere, without a network.
 */
import type { RunReport } from '@palier/protocol';
import { page } from './page.ts';

/** The whole file. Everything that comes from the run is escaped. */
export function renderReport(report: RunReport): string {
  return page(report).markup;
}
