/**
 * The version of this palier, as its package says.
 */
import { readFileSync } from 'node:fs';

export function palierVersion(): string {
  // From `cli/` in a checkout, from `cli/dist/` in the published form.
  for (const place of ['./package.json', '../package.json']) {
    try {
      const { name, version } = JSON.parse(readFileSync(new URL(place, import.meta.url), 'utf8')) as Record<
        string,
        string
      >;
      if (name === 'palier' && version !== undefined) return version;
    } catch {
      // Not there: the other place.
    }
  }
  return 'unknown';
}
