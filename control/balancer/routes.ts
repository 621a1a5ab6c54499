/**
 * Which route template a request belongs to, from the octets of its target, without making a string.
 *
 * A template is `METHOD /path/:name/…`; `:name` stands for one segment that is not empty. Where several fit, a literal segment is
 * preferred to a name, from left to right. HEAD counts as GET unless it has a template of its own. The query is not looked at.
 */

/** The number of a request that fits no template is the number of templates. */
export interface RouteTable {
  /** The templates in their order, then `other`. */
  readonly names: readonly string[];
  /** The number of the template for the path and query at [start, end). */
  find(method: string, target: Uint8Array, start: number, end: number): number;
}

interface Segment {
  /** Undefined for a name. */
  readonly literal: Uint8Array | undefined;
  readonly next: Segment[];
  /** -1 when no template ends here. */
  route: number;
}

const slash = 0x2f;
const question = 0x3f;

/** At most 200 templates (the protocol checks it). */
export function routeTable(templates: readonly string[]): RouteTable {
  const methods = new Map<string, Segment>();
  for (const [route, template] of templates.entries()) {
    const space = template.indexOf(' ');
    const method = template.slice(0, space);
    const root = methods.get(method) ?? { literal: undefined, next: [], route: -1 };
    methods.set(method, root);
    let at = root;
    for (const part of template.slice(space + 2).split('/')) at = child(at, part);
    if (at.route < 0) at.route = route;
  }
  const other = templates.length;
  return {
    names: [...templates, 'other'],
    find(method, target, start, end) {
      if (start >= end || target[start] !== slash) return other;
      const root = methods.get(method);
      const route = root === undefined ? -1 : search(root, target, start + 1, end);
      if (route >= 0) return route;
      return method === 'HEAD' ? this.find('GET', target, start, end) : other;
    },
  };
}

function child(parent: Segment, part: string): Segment {
  const literal = part.startsWith(':') ? undefined : Buffer.from(part, 'latin1');
  const known = parent.next.find((one) => one.literal?.toString() === literal?.toString());
  if (known !== undefined) return known;
  const made: Segment = { literal, next: [], route: -1 };
  // Literals before the name, so that the first fit is the preferred one.
  if (literal === undefined) parent.next.push(made);
  else parent.next.unshift(made);
  return made;
}

/** The route below `parent` for the segments from `start` on; as deep as the templates, so bounded by them. */
function search(parent: Segment, target: Uint8Array, start: number, end: number): number {
  let stop = start;
  while (stop < end && target[stop] !== slash && target[stop] !== question) stop++;
  const last = stop >= end || target[stop] === question;
  for (let k = 0; k < parent.next.length; k++) {
    const segment = parent.next[k] as Segment;
    if (!fits(segment.literal, target, start, stop)) continue;
    const route = last ? segment.route : search(segment, target, stop + 1, end);
    if (route >= 0) return route;
  }
  return -1;
}

function fits(literal: Uint8Array | undefined, target: Uint8Array, start: number, stop: number): boolean {
  if (literal === undefined) return stop > start;
  if (literal.length !== stop - start) return false;
  for (let i = 0; i < literal.length; i++) if (literal[i] !== target[start + i]) return false;
  return true;
}
