/** A `Set-Cookie` line as a browser reads it (RFC 6265 §5.2, §5.1.1): whatever it cannot read of an attribute is passed over. Pure. */

export interface SetCookie {
  readonly name: string;
  readonly value: string;
  /** In lower case, without a leading dot; empty: for the very host only. */
  readonly domain: string;
  /** Empty: the folder of the request. */
  readonly path: string;
  readonly secure: boolean;
  /** Epoch; Infinity: as long as the user. Zero or less: it is over. */
  readonly untilMs: number;
}

/** Undefined: no cookie. `nowMs`: epoch. */
export function readSetCookie(line: string, nowMs: number): SetCookie | undefined {
  const [pair = '', ...attributes] = line.split(';');
  const equals = pair.indexOf('=');
  const name = equals < 0 ? '' : pair.slice(0, equals).trim();
  if (name === '') return undefined;
  let [domain, path, secure] = ['', '', false];
  let [expires, maxAge]: (number | undefined)[] = [];
  for (const attribute of attributes) {
    const at = attribute.indexOf('=');
    const value = at < 0 ? '' : attribute.slice(at + 1).trim();
    switch ((at < 0 ? attribute : attribute.slice(0, at)).trim().toLowerCase()) {
      case 'expires':
        expires = readCookieDate(value) ?? expires;
        break;
      case 'max-age':
        if (/^-?\d+$/.test(value)) maxAge = Number(value);
        break;
      case 'domain':
        if (value !== '') domain = value.replace(/^\./, '').toLowerCase();
        break;
      case 'path':
        path = value.startsWith('/') ? value : '';
        break;
      case 'secure':
        secure = true;
        break;
    }
  }
  const lifeMs = maxAge === undefined ? undefined : maxAge * 1000;
  const untilMs = lifeMs === undefined ? (expires ?? Number.POSITIVE_INFINITY) : lifeMs > 0 ? nowMs + lifeMs : 0;
  return { name, value: pair.slice(equals + 1).trim(), domain, path, secure, untilMs };
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
// oxlint-disable-next-line no-control-regex
const delimiters = /[\u0009\u0020-\u002f\u003b-\u0040\u005b-\u0060\u007b-\u007e]+/;

/** The moment of a cookie's date, milliseconds of the epoch; undefined when it is none. The parts may come in any order. */
export function readCookieDate(text: string): number | undefined {
  let time: readonly number[] | undefined;
  let [day, month, year]: (number | undefined)[] = [];
  for (const token of text.split(delimiters)) {
    const clock = time === undefined ? /^(\d{1,2}):(\d{1,2}):(\d{1,2})(?!\d)/.exec(token) : null;
    const named: number = month === undefined ? months.indexOf(token.slice(0, 3).toLowerCase()) : -1;
    if (clock !== null) time = clock.slice(1).map(Number);
    else if (day === undefined && /^\d{1,2}(?!\d)/.test(token)) day = Number.parseInt(token, 10);
    else if (named >= 0 && token.length >= 3) month = named;
    else if (year === undefined && /^\d{2,4}(?!\d)/.test(token)) year = Number.parseInt(token, 10);
  }
  if (time === undefined || day === undefined || month === undefined || year === undefined) return undefined;
  if (year < 100) year += year < 70 ? 2000 : 1900;
  const [hour = 0, minute = 0, second = 0] = time;
  if (year < 1601 || hour > 23 || minute > 59 || second > 59) return undefined;
  const at = new Date(Date.UTC(year, month, day, hour, minute, second));
  // The 31st of February is no day.
  return at.getUTCDate() === day ? at.getTime() : undefined;
}
