/** The small functions at the end of a k6 script; only those that it uses are written. */
import type { Helper } from './javascript.ts';

/** Names that the script has for itself. */
export const ownNames: readonly string[] = [
  ...'baseUrl boundary check errors exec expected FormData http judged Rate res result SharedArray sleep start started tasks options pickTask uniform'.split(
    ' ',
  ),
  ...'pick randomInt valueAt headerOf same urlPart multipart inHold ok open console JSON Math Object String Number undefined NaN Infinity globalThis encodeURIComponent'.split(
    ' ',
  ),
  ...'break case catch class const continue debugger default delete do else enum export extends false finally for function if import in instanceof new null return super switch this throw true try typeof var void while with yield let static async await of get set arguments eval implements interface package private protected public require module exports'.split(
    ' ',
  ),
];

export const functions: Readonly<Record<Helper, string>> = {
  pick: `function pick(list) {
  return list[Math.floor(Math.random() * list.length)];
}`,
  randomInt: `function randomInt(min, max) {
  return min + Math.floor(Math.random() * (max - min + 1));
}`,
  valueAt: `// What stands at a path of the JSON answer, such as 'items.0.id'; undefined when nothing does.
function valueAt(res, path) {
  let value;
  try {
    value = res.json();
  } catch {
    return undefined;
  }
  for (const key of path === '' ? [] : path.split('.')) {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, key)) return undefined;
    value = value[key];
  }
  return value;
}`,
  headerOf: `// A header of the answer, whatever its case.
function headerOf(res, name) {
  const found = Object.keys(res.headers).find((key) => key.toLowerCase() === name);
  return found === undefined ? undefined : res.headers[found];
}`,
  same: `function same(a, b) {
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return a === b;
  const keys = Object.keys(a);
  return (
    Array.isArray(a) === Array.isArray(b) &&
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && same(a[key], b[key]))
  );
}`,
  urlPart: `// What may not stand in a URL is encoded; what may, stays, so that a value can be a whole path.
function urlPart(value) {
  return String(value).replace(/[^!$-;=?-Z_a-z~[\\]]/gu, encodeURIComponent);
}`,
  multipart: `// A multipart/form-data body of texts; k6 makes one by itself only where there is a file.
function multipart(fields) {
  const parts = fields.map(
    ([name, value]) =>
      \`--\${boundary}\\r\\ncontent-disposition: form-data; name="\${name}"\\r\\n\\r\\n\${value}\\r\\n\`,
  );
  return \`\${parts.join('')}--\${boundary}--\\r\\n\`;
}`,
  inHold: `// Whether this moment is in a part of the run that the limits are judged on.
function inHold() {
  const seconds = exec.instance.currentTestRunDuration / 1000;
  return judged.some(([from, to]) => seconds >= from && seconds < to);
}`,
};
