import { describe, expect, it } from 'vitest';
import { ResponseParser } from './response.ts';

describe('ResponseParser', () => {
  it('reads a common answer in one go', () => {
    const text = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\nKeep-Alive: timeout=5\r\n\r\n';
    const parser = new ResponseParser();
    expect(parser.parse(Buffer.from(`${text}hello`), 0, text.length + 5)).toBe('head');
    expect(parser.status).toBe(200);
    expect(parser.framing).toBe('length');
    expect(parser.contentLength).toBe(5);
    expect(parser.keepAlive).toBe(true);
    expect(parser.keepAliveTimeoutMs).toBe(5000);
    expect(parser.headBytes).toBe(text.length);
    expect(parser.get('content-type')).toBe('text/plain');
  });
});
