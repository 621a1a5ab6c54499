import { describe, expect, it } from 'vitest';
import { BodyReader } from './body.ts';

describe('BodyReader', () => {
  it('ends a body of known length at its last octet, and leaves what follows', () => {
    const body = new BodyReader();
    expect(body.begin('length', 5)).toBe(false);
    const bytes = Buffer.from('helloGET /');
    expect([body.read(bytes, 0, 3), body.left]).toEqual(['more', 2]);
    expect(body.read(bytes, 3, bytes.length)).toBe('done');
    expect([body.payloadStart, body.payloadEnd, body.position]).toEqual([3, 5, 5]);
  });

  it('knows at once that there is no body', () => {
    const body = new BodyReader();
    expect([body.begin('none', -1), body.begin('length', 0), body.begin('chunked', -1)]).toEqual([true, true, false]);
  });

  it('gives each chunk as a slice of the window', () => {
    const body = new BodyReader();
    body.begin('chunked', -1);
    const bytes = Buffer.from('3\r\nabc\r\nA;x=y\r\n0123456789\r\n00\r\nTrailer: 1\r\n\r\nrest');
    const slices: string[] = [];
    let result = body.read(bytes, 0, bytes.length);
    while (result === 'data') {
      slices.push(bytes.toString('latin1', body.payloadStart, body.payloadEnd));
      result = body.read(bytes, body.position, bytes.length);
    }
    expect([result, slices]).toEqual(['done', ['abc', '0123456789']]);
    expect(bytes.toString('latin1', body.position)).toBe('rest');
  });

  it('tells a body that was cut off from one that ends with the connection', () => {
    const body = new BodyReader();
    body.begin('length', 5);
    body.read(Buffer.from('hel'), 0, 3);
    expect(body.end()).toBe(false);
    body.begin('chunked', -1);
    body.read(Buffer.from('0\r\n'), 0, 3);
    expect(body.end()).toBe(false);
    body.begin('close', -1);
    expect(body.read(Buffer.from('hel'), 0, 3)).toBe('more');
    expect(body.end()).toBe(true);
  });

  it('bounds chunk extensions over the whole body and the trailer section', () => {
    const body = new BodyReader({ maxChunkExtensionBytes: 8, maxTrailerBytes: 12 });
    const many = Buffer.from('1;abcd\r\nx\r\n'.repeat(3));
    body.begin('chunked', -1);
    let result = body.read(many, 0, many.length);
    while (result === 'data') result = body.read(many, body.position, many.length);
    expect([result, body.reason]).toEqual(['malformed', 'chunk-extensions-too-large']);
    const trailers = Buffer.from('0\r\nA: 12345678\r\n\r\n');
    body.begin('chunked', -1);
    expect([body.read(trailers, 0, trailers.length), body.reason]).toEqual(['malformed', 'trailers-too-large']);
  });
});
