/**
 * The hops that a request says it came over, the nearest last. Nothing in it is true by itself: `client.ts` believes as much as trusted
 * proxies wrote.
 */

/** More proxies than that are none of ours. */
const maxHops = 32;
const maxLength = 4096;

/** `X-Forwarded-For`: addresses, some proxies add a port. Undefined stands for what is no address (`unknown`, `_hidden`, rubbish). */
export function hopsOfForwardedFor(value: string): (string | undefined)[] {
  return lastOf(value)
    .split(',')
    .slice(-maxHops)
    .map((part) => addressOf(part.trim()));
}

/** `Forwarded` (RFC 7239): the `for` of each element; one without is a hop that tells no address. */
export function hopsOfForwarded(value: string): (string | undefined)[] {
  return splitOutsideQuotes(lastOf(value), ',')
    .slice(-maxHops)
    .map((element) => {
      for (const pair of splitOutsideQuotes(element, ';')) {
        const match = /^\s*for\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s"]*))\s*$/i.exec(pair);
        if (match !== null) return addressOf(match[1]?.replace(/\\(.)/g, '$1') ?? match[2] ?? '');
      }
      return undefined;
    });
}

/** The nearest hops stand last; what is cut off in front was cut within a hop that nobody should believe. */
function lastOf(value: string): string {
  if (value.length <= maxLength) return value;
  const comma = value.indexOf(',', value.length - maxLength);
  return comma < 0 ? 'unknown' : `unknown${value.slice(comma)}`;
}

function addressOf(text: string): string | undefined {
  const match = /^(?:\[([^\]]*)\](?::\d{1,5})?|([^:]*)(?::\d{1,5})?|([^[\]]*))$/.exec(text);
  const address = match?.[1] ?? match?.[2] ?? match?.[3];
  return address === undefined || address === '' ? undefined : address;
}

function splitOutsideQuotes(text: string, separator: string): string[] {
  const parts: string[] = [];
  let from = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const sign = text[at];
    if (quoted && sign === '\\') at++;
    else if (sign === '"') quoted = !quoted;
    else if (sign === separator && !quoted) {
      parts.push(text.slice(from, at));
      from = at + 1;
    }
  }
  parts.push(text.slice(from));
  return parts;
}
