/**
 * Metric names with labels, as Prometheus writes them: `http_requests_total{route="/a",status="500"}`.
 */

export interface Selector {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
}

const label = /([a-zA-Z_]\w*)\s*=\s*"((?:[^"\\]|\\.)*)"/g;

/** Never fails: what is no label is left out. */
export function parseSelector(text: string): Selector {
  const brace = text.indexOf('{');
  if (brace < 0) return { name: text.trim(), labels: new Map() };
  const labels = new Map<string, string>();
  for (const [, name, value] of text.slice(brace).matchAll(label))
    labels.set(name as string, unescaped(value as string));
  return { name: text.slice(0, brace).trim(), labels };
}

/** Whether a series has the selector's name and all its labels; it may have more. */
export function matchesSelector(series: string, selector: Selector): boolean {
  if (!series.startsWith(selector.name)) return false;
  const parsed = parseSelector(series);
  if (parsed.name !== selector.name) return false;
  for (const [name, value] of selector.labels) if (parsed.labels.get(name) !== value) return false;
  return true;
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/g, (_, c: string) => (c === 'n' ? '\n' : c));
}
