import { RequestParser, ResponseParser } from '@palier/base/http1';
import { seededRandom } from '@palier/base/random';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answerFraming, writeAnswerHead } from './answer-head.ts';
import { Draft } from './draft.ts';
import { type Edge, writeRequestHead } from './request-head.ts';

const edge: Edge = {
  clientAddress: '127.0.0.9',
  forwardedLines: Buffer.from('X-Forwarded-For: 127.0.0.9\r\nX-Forwarded-Proto: http\r\n'),
  trustForwarded: false,
  fallbackHost: 'fallback:1',
  random: seededRandom(1),
  traceSampled: true,
};

const hops = ['Connection', 'Keep-Alive', 'Proxy-Connection', 'TE', 'Trailer', 'Upgrade'];
const forged = ['X-Forwarded-For', 'X-Forwarded-Proto', 'X-Forwarded-Host', 'Forwarded', 'Tracestate'];
const ends = ['X-A', 'Accept', 'Cookie', 'Date', 'Server'];
const value = fc.constantFrom('1', 'x-a', 'a, b', 'close');
const line = (names: readonly string[]): fc.Arbitrary<readonly [string, string]> =>
  fc.tuple(fc.constantFrom(...names), value);
const lines = fc.array(fc.oneof(line(hops), line(ends), line(forged)), { maxLength: 12 });

function composed(compose: (draft: Draft) => void): Buffer {
  const draft = new Draft(4096);
  let bytes = Buffer.alloc(0);
  compose(draft);
  draft.send({ destroyed: false, writableLength: 0, write: (written) => Boolean((bytes = Buffer.from(written))) });
  return bytes;
}

/** What must pass: all but the hop-by-hop headers, those that Connection lists among them. */
function passing(sent: readonly (readonly [string, string])[], without: readonly string[]): string[] {
  const options = sent.filter(([name]) => name === 'Connection').flatMap(([, text]) => text.split(/, ?/));
  const listed = new Set(options);
  return sent
    .filter(([name]) => !hops.includes(name) && !without.includes(name) && !listed.has(name.toLowerCase()))
    .map(([name, text]) => `${name.toLowerCase()}: ${text}`);
}

describe('forwarded heads', () => {
  it('of requests are well-formed, keep the other headers in their order, drop hop-by-hop and forged ones', () => {
    fc.assert(
      fc.property(lines, fc.constantFrom(0, 1), (sent, minor) => {
        const text = `GET /p?q HTTP/1.${minor}\r\nHost: a.example\r\n${sent.map(([n, v]) => `${n}: ${v}\r\n`).join('')}\r\n`;
        const [head, again] = [new RequestParser(), new RequestParser()];
        const bytes = Buffer.from(text);
        expect(head.parse(bytes, 0, bytes.length)).toBe('head');
        const out = composed((draft) => writeRequestHead(draft, head, bytes, edge));
        expect([again.parse(out, 0, out.length), again.headBytes]).toEqual(['head', out.length]);
        expect([again.method, again.target, again.minorVersion, again.get('host')]).toEqual([
          'GET',
          '/p?q',
          1,
          'a.example',
        ]);
        const all = Array.from({ length: again.headerCount }, (_, i) => `${again.name(i)}: ${again.value(i)}`);
        expect(all.slice(1, -4)).toEqual(passing(sent, forged));
        expect(all.slice(-4, -1)).toEqual([
          'x-forwarded-for: 127.0.0.9',
          'x-forwarded-proto: http',
          'x-forwarded-host: a.example',
        ]);
        expect(all.at(-1)).toMatch(/^traceparent: 00-/);
      }),
    );
  });

  it('of answers are well-formed, keep the other headers, state the framing once', () => {
    const framing = fc.constantFrom('Content-Length: 3\r\n', 'Transfer-Encoding: chunked\r\n', '');
    const status = fc.constantFrom('200 OK', '404 Not Found', '304 Not Modified', '500');
    fc.assert(
      fc.property(lines, framing, status, fc.constantFrom(0, 1), fc.boolean(), (sent, stated, code, minor, close) => {
        const text = `HTTP/1.1 ${code}\r\n${sent.map(([n, v]) => `${n}: ${v}\r\n`).join('')}${stated}\r\n`;
        const [head, again] = [new ResponseParser(), new ResponseParser()];
        const bytes = Buffer.from(`xx${text}`);
        expect(head.parse(bytes, 2, bytes.length)).toBe('head');
        const toClient = answerFraming(head, minor);
        const ending = close || toClient === 'close';
        const out = composed((draft) => writeAnswerHead(draft, head, bytes, 2, toClient, ending, minor));
        expect([again.parse(out, 0, out.length), again.headBytes]).toEqual(['head', out.length]);
        expect([again.status, again.framing, again.keepAlive]).toEqual([head.status, toClient, !ending]);
        const all = Array.from({ length: again.headerCount }, (_, i) => `${again.name(i)}: ${again.value(i)}`);
        const own = /^(content-length|transfer-encoding|connection):/;
        expect(all.filter((one) => !own.test(one))).toEqual(passing(sent, []));
      }),
    );
  });
});
