import { describe, expect, it } from 'vitest';
import { ResponseParser } from './response.ts';

function read(text: string, answersHead = false): ResponseParser & { readonly result: string } {
  const parser = new ResponseParser();
  const bytes = Buffer.from(text.replaceAll('\n', '\r\n'), 'latin1');
  return Object.assign(parser, { result: parser.parse(bytes, 0, bytes.length, answersHead) });
}

function refuse(text: string): string | undefined {
  const bytes = Buffer.from(text, 'latin1');
  const parser = new ResponseParser();
  return parser.parse(bytes, 0, bytes.length) === 'malformed' ? parser.reason : undefined;
}

describe('ResponseParser', () => {
  it('reads a common answer in one go', () => {
    const text = 'HTTP/1.1 200 OK\nContent-Type: text/plain\nContent-Length: 5\nKeep-Alive: max=3, timeout=5\n\n';
    const head = read(`${text}hello`);
    expect(head.result).toBe('head');
    expect([head.status, head.framing, head.contentLength]).toEqual([200, 'length', 5]);
    expect([head.keepAlive, head.keepAliveTimeoutMs]).toEqual([true, 5000]);
    expect(head.headBytes).toBe(text.replaceAll('\n', '\r\n').length);
    expect([head.get('content-type'), head.get('date')]).toEqual(['text/plain', undefined]);
  });

  it('gives each header line as a range, its line end included, so that a proxy can copy it', () => {
    const text = 'HTTP/1.1 200 OK\r\nA: 1\r\nB:  2 \r\n\r\n';
    const parser = new ResponseParser();
    const bytes = Buffer.from(`xx${text}`);
    expect(parser.parse(bytes, 2, bytes.length)).toBe('head');
    const lines = [0, 1].map((i) => bytes.toString('latin1', parser.nameStart(i), parser.lineEnd(i)));
    expect(lines).toEqual(['A: 1\r\n', 'B:  2 \r\n']);
    expect(parser.value(1)).toBe('2');
  });

  it('expects no body after HEAD, 1xx, 204 and 304, whatever the headers say', () => {
    expect(read('HTTP/1.1 200 OK\nContent-Length: 5\n\n', true).framing).toBe('none');
    expect(read('HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n', true).framing).toBe('none');
    for (const status of [100, 101, 103, 204, 304]) {
      expect(read(`HTTP/1.1 ${status} X\nContent-Length: 5\n\n`)).toMatchObject({ framing: 'none', keepAlive: true });
    }
  });

  it('reads until the peer closes when nothing else delimits the body, and does not keep such a connection', () => {
    expect(read('HTTP/1.1 200 OK\n\n')).toMatchObject({ framing: 'close', keepAlive: false });
  });

  it('keeps HTTP/1.1 alive unless told to close, and HTTP/1.0 only when told to', () => {
    const length = 'Content-Length: 0\n';
    expect(read(`HTTP/1.1 200 OK\n${length}Connection: Close\n\n`).keepAlive).toBe(false);
    expect(read(`HTTP/1.1 200 OK\n${length}Connection: keep-alive, close\n\n`).keepAlive).toBe(false);
    expect(read(`HTTP/1.1 200 OK\n${length}Connection: closed\n\n`).keepAlive).toBe(true);
    expect(read(`HTTP/1.0 200 OK\n${length}\n`).keepAlive).toBe(false);
    expect(read(`HTTP/1.0 200 OK\n${length}Connection: keep-alive\n\n`).keepAlive).toBe(true);
  });

  it('tells the options of Connection that a proxy must take out with it', () => {
    const head = read('HTTP/1.1 200 OK\nConnection: X-One, close\nConnection: x-two\n\n');
    expect(head.connectionListsMore).toBe(true);
    expect(head.connectionOptions()).toEqual(['x-one', 'close', 'x-two']);
  });

  it('takes a status line without a reason phrase, with or without the space before it', () => {
    expect(read('HTTP/1.1 200 \nContent-Length: 0\n\n').status).toBe(200);
    expect(read('HTTP/1.1 404\nContent-Length: 0\n\n').status).toBe(404);
  });

  it.each([
    ['HTTP/1.1 200 OK\nContent-Length: 0\n\n', 'bare-lf'],
    ['HTTP/1.1 200 OK\r\nA: 1\nB: 2\r\n\r\n', 'bare-lf'],
    ['HTTP/1.1 200 OK\r\nA: 1\rB: 2\r\n\r\n', 'bare-cr'],
    ['HTTP/1.1 200 OK\r\nA: 1\0\r\n\r\n', 'bad-header-value'],
    ['HTTP/1.1 200 OK\r\nA : 1\r\n\r\n', 'space-before-colon'],
    ['HTTP/1.1 200 OK\r\nA: 1\r\n 2\r\n\r\n', 'folded-header'],
    ['HTTP/1.1 200 OK\r\n A: 1\r\n\r\n', 'folded-header'],
    ['HTTP/1.1 200 OK\r\nA(: 1\r\n\r\n', 'bad-header-name'],
    ['HTTP/1.1 200 OK\r\n: 1\r\n\r\n', 'bad-header-name'],
    ['HTTP/1.1 20 OK\r\n\r\n', 'bad-status'],
    ['HTTP/1.1 2000 OK\r\n\r\n', 'bad-status'],
    ['HTTP/1.1 099 OK\r\n\r\n', 'bad-status'],
    ['HTTP/2.0 200 OK\r\n\r\n', 'unsupported-version'],
    ['HTTP/1.2 200 OK\r\n\r\n', 'unsupported-version'],
    ['ICY 200 OK\r\n\r\n', 'bad-start-line'],
    ['HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n', 'bad-content-length'],
    ['HTTP/1.1 200 OK\r\nContent-Length: 1234567890123456\r\n\r\n', 'bad-content-length'],
    ['HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n', 'length-and-chunked'],
    ['HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n', 'unsupported-transfer-coding'],
    ['HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', 'bad-transfer-encoding'],
    [`HTTP/1.1 200 ${'x'.repeat(9000)}`, 'start-line-too-long'],
    [`HTTP/1.1 200 OK\r\nA: ${'x'.repeat(17_000)}`, 'head-too-large'],
    [`HTTP/1.1 200 OK\r\n${'A: 1\r\n'.repeat(129)}\r\n`, 'too-many-headers'],
  ])('refuses %j: %s', (text, reason) => {
    expect(refuse(text)).toBe(reason);
  });

  it('takes a head of exactly the limit and refuses one octet more', () => {
    const parser = new ResponseParser({ maxHeadBytes: 40, maxStartLineBytes: 40, maxHeaders: 4 });
    const fits = Buffer.from(`HTTP/1.1 200 OK\r\nA: ${'x'.repeat(40 - 17 - 7)}\r\n\r\n`);
    expect([fits.length, parser.parse(fits, 0, 40)]).toEqual([40, 'head']);
    const over = Buffer.from(`HTTP/1.1 200 OK\r\nA: ${'x'.repeat(41 - 17 - 7)}\r\n\r\n`);
    expect(parser.parse(over, 0, 39)).toBe('incomplete');
    expect(parser.parse(over, 0, 41)).toBe('malformed');
    expect(parser.reason).toBe('head-too-large');
  });

  it('reads the next answer after a reset in the middle of one', () => {
    const parser = new ResponseParser();
    const half = Buffer.from('HTTP/1.1 500 Broken\r\nA: 1\r\nB');
    expect(parser.parse(half, 0, half.length)).toBe('incomplete');
    parser.reset();
    const next = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
    expect([parser.parse(next, 0, next.length), parser.status, parser.headerCount]).toEqual(['head', 200, 1]);
  });
});
