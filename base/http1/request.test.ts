import { describe, expect, it } from 'vitest';
import { RequestParser } from './request.ts';

function read(text: string): RequestParser & { readonly result: string } {
  const parser = new RequestParser();
  const bytes = Buffer.from(text, 'latin1');
  return Object.assign(parser, { result: parser.parse(bytes, 0, bytes.length) });
}

describe('RequestParser', () => {
  it('reads a common request', () => {
    const head = read('GET /a/b?c=d HTTP/1.1\r\nHost: example.org:80\r\n\r\n');
    expect(head.result).toBe('head');
    expect([head.method, head.target, head.targetForm]).toEqual(['GET', '/a/b?c=d', 'origin']);
    expect([head.framing, head.keepAlive, head.value(head.host)]).toEqual(['none', true, 'example.org:80']);
  });

  it('tells the four forms of a target apart', () => {
    const absolute = 'GET http://a.example:81/p?q HTTP/1.1\r\nHost: b\r\n\r\n';
    const head = read(absolute);
    expect([head.result, head.targetForm]).toEqual(['head', 'absolute']);
    expect(absolute.slice(head.authorityStart, head.pathStart)).toBe('a.example:81');
    expect(absolute.slice(head.pathStart, head.targetEnd)).toBe('/p?q');
    expect(read('CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n').targetForm).toBe('authority');
    expect(read('OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n').targetForm).toBe('asterisk');
  });

  it('passes over one empty line before the request line, not two', () => {
    expect(read('\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n')).toMatchObject({ result: 'head', method: 'GET' });
    expect(read('\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n').reason).toBe('bad-method');
  });

  it('takes a method that it does not know, and keeps its case', () => {
    expect(read('PURGE / HTTP/1.1\r\nHost: a\r\n\r\n').method).toBe('PURGE');
    expect(read('get / HTTP/1.1\r\nHost: a\r\n\r\n').method).toBe('get');
  });

  it('asks no Host of HTTP/1.0', () => {
    expect(read('GET / HTTP/1.0\r\n\r\n')).toMatchObject({ result: 'head', host: -1, keepAlive: false });
  });

  it.each([
    ['GET / HTTP/1.1\r\n\r\n', 'missing-host'],
    ['GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n', 'duplicate-host'],
    ['GET / HTTP/1.1\r\nHost: a/b\r\n\r\n', 'bad-host'],
    ['GET / HTTP/1.1\r\nHost: u@a\r\n\r\n', 'bad-host'],
    ['GET / HTTP/1.1\r\nHost: a b\r\n\r\n', 'bad-host'],
    ['GET  / HTTP/1.1\r\nHost: a\r\n\r\n', 'bad-target'],
    ['GET /a b HTTP/1.1\r\nHost: a\r\n\r\n', 'bad-start-line'],
    ['GET /#a HTTP/1.1\r\nHost: a\r\n\r\n', 'bad-target'],
    ['GET /\x80 HTTP/1.1\r\nHost: a\r\n\r\n', 'bad-target'],
    ['GET a HTTP/1.1\r\nHost: a\r\n\r\n', 'bad-target'],
    ['GET * HTTP/1.1\r\nHost: a\r\n\r\n', 'bad-target'],
    ['GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n', 'bad-target'],
    ['GET http:///a HTTP/1.1\r\nHost: a\r\n\r\n', 'bad-target'],
    ['GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n', 'bad-target'],
    ['CONNECT a HTTP/1.1\r\nHost: a\r\n\r\n', 'bad-target'],
    ['GET /\r\n\r\n', 'bad-target'],
    ['GET / HTTP/1.1 \r\nHost: a\r\n\r\n', 'bad-start-line'],
    ['GET / HTTP/1.1\nHost: a\r\n\r\n', 'bare-lf'],
    ['GET / HTTP/0.9\r\nHost: a\r\n\r\n', 'unsupported-version'],
    ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'unsupported-version'],
    ['\x16\x03\x01\x02\x00\x01', 'bad-method'],
    ['{}: / HTTP/1.1\r\nHost: a\r\n\r\n', 'bad-method'],
    [`GET /${'x'.repeat(8200)}`, 'start-line-too-long'],
  ])('refuses %j: %s', (text, reason) => {
    expect(read(text)).toMatchObject({ result: 'malformed', reason });
  });
});
