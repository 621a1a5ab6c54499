import { describe, expect, it } from 'vitest';
import { BodyReader } from './body.ts';
import { RequestParser } from './request.ts';

/** What a request that two readers could delimit differently is refused with (RFC 9112 §11.2). */
function reasonFor(headers: string, version = '1.1'): string | undefined {
  const bytes = Buffer.from(`POST / HTTP/${version}\r\nHost: a\r\n${headers}\r\n\r\n`, 'latin1');
  const parser = new RequestParser();
  return parser.parse(bytes, 0, bytes.length) === 'malformed' ? parser.reason : undefined;
}

function chunkReason(text: string): string | undefined {
  const body = new BodyReader();
  const bytes = Buffer.from(text, 'latin1');
  body.begin('chunked', -1);
  let result = body.read(bytes, 0, bytes.length);
  while (result === 'data') result = body.read(bytes, body.position, bytes.length);
  return result === 'malformed' ? body.reason : undefined;
}

describe('request smuggling', () => {
  it.each([
    ['CL.TE: both headers', 'Content-Length: 6\r\nTransfer-Encoding: chunked', 'length-and-chunked'],
    ['TE.CL: both headers, the other order', 'Transfer-Encoding: chunked\r\nContent-Length: 6', 'length-and-chunked'],
    ['CL.CL: two different lengths', 'Content-Length: 6\r\nContent-Length: 7', 'duplicate-content-length'],
    ['two equal lengths', 'Content-Length: 6\r\nContent-Length: 6', 'duplicate-content-length'],
    ['a list of lengths', 'Content-Length: 6, 6', 'bad-content-length'],
    ['a signed length', 'Content-Length: +6', 'bad-content-length'],
    ['a hexadecimal length', 'Content-Length: 0x6', 'bad-content-length'],
    ['an empty length', 'Content-Length: ', 'bad-content-length'],
    ['a length beyond 2^53', 'Content-Length: 99999999999999999999', 'bad-content-length'],
    ['TE.TE: the coding twice', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked', 'bad-transfer-encoding'],
    ['TE.TE: an unknown coding behind', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: x', 'bad-transfer-encoding'],
    ['chunked is not last', 'Transfer-Encoding: chunked, identity', 'bad-transfer-encoding'],
    ['an unknown coding', 'Transfer-Encoding: xchunked', 'unsupported-transfer-coding'],
    ['a quoted coding', 'Transfer-Encoding: "chunked"', 'unsupported-transfer-coding'],
    ['a vertical tab before the coding', 'Transfer-Encoding: \x0bchunked', 'bad-header-value'],
    ['an empty coding', 'Transfer-Encoding:', 'bad-transfer-encoding'],
    ['white space before the colon', 'Transfer-Encoding : chunked', 'space-before-colon'],
    ['a folded coding', 'Transfer-Encoding: chunked\r\n , identity', 'folded-header'],
    ['a bare LF hides a header', 'X: 1\nTransfer-Encoding: chunked', 'bare-lf'],
    ['a bare CR hides a header', 'X: 1\rTransfer-Encoding: chunked', 'bare-cr'],
    ['a NUL in a value', 'X: 1\0Transfer-Encoding: chunked', 'bad-header-value'],
    ['an octet before the name', '\x0bTransfer-Encoding: chunked', 'bad-header-name'],
  ])('%s', (_, headers, reason) => {
    expect(reasonFor(headers)).toBe(reason);
  });

  it('refuses chunks in HTTP/1.0', () => {
    expect(reasonFor('Transfer-Encoding: chunked', '1.0')).toBe('bad-transfer-encoding');
  });

  it.each([
    ['an empty size', '\r\n', 'bad-chunk-size'],
    ['a size with a prefix', '0x5\r\nhello\r\n0\r\n\r\n', 'bad-chunk-size'],
    ['a signed size', '+5\r\nhello\r\n0\r\n\r\n', 'bad-chunk-size'],
    ['white space behind the size', '5 \r\nhello\r\n0\r\n\r\n', 'bad-chunk-size'],
    ['a size that overflows', '10000000000000005\r\nhello', 'bad-chunk-size'],
    ['a bare LF behind the size', '5\nhello\r\n0\r\n\r\n', 'bare-lf'],
    ['a bare LF in an extension (TERM.EXT)', '5;a\nhello\r\n0\r\n\r\n', 'bare-lf'],
    ['a bare CR in an extension', '5;a\rhello\r\n0\r\n\r\n', 'bare-cr'],
    ['a chunk longer than its size', '5\r\nhello!\r\n0\r\n\r\n', 'bad-chunk'],
    ['a chunk ended by two other octets (TERM.SPILL)', '5\r\nhelloxx0\r\n\r\n', 'bad-chunk'],
    ['a folded trailer', '0\r\nA: 1\r\n 2\r\n\r\n', 'bad-trailer'],
    ['a trailer without a colon', '0\r\nA\r\n\r\n', 'bad-trailer'],
    ['a bare LF in a trailer', '0\r\nA: 1\n\r\n', 'bare-lf'],
  ])('%s', (_, text, reason) => {
    expect(chunkReason(text)).toBe(reason);
  });
});
