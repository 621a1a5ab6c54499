/** The answers that the balancer gives itself: which, with what status, in which words. */
import type { MalformedReason } from '@palier/base/http1';

export interface RefusalEntry {
  readonly status: number;
  readonly phrase: string;
  /** One sentence. */
  readonly reason: string;
}

const badGateway = { status: 502, phrase: 'Bad Gateway' };
const unavailable = { status: 503, phrase: 'Service Unavailable' };
const gatewayTimeout = { status: 504, phrase: 'Gateway Timeout' };

/** The classes of errors by which the balancer counts and answers. */
export type Refusal =
  | 'bad-request'
  | 'request-timeout'
  | 'body-too-large'
  | 'target-too-long'
  | 'expectation-failed'
  | 'head-too-large'
  | 'not-implemented'
  | 'unsupported-version'
  | 'connect'
  | 'reset'
  | 'malformed-answer'
  | 'no-replica'
  | 'queue-full'
  | 'queue-timeout'
  | 'bodies-in-flight'
  | 'too-many-connections'
  | 'stopping'
  | 'timeout';

export const refusals: Readonly<Record<Refusal, RefusalEntry>> = {
  'bad-request': { status: 400, phrase: 'Bad Request', reason: 'The request is not HTTP/1.1 as RFC 9112 defines it.' },
  'request-timeout': { status: 408, phrase: 'Request Timeout', reason: 'The request did not arrive whole in time.' },
  'body-too-large': { status: 413, phrase: 'Content Too Large', reason: 'The body is larger than the limit.' },
  'target-too-long': { status: 414, phrase: 'URI Too Long', reason: 'The request line is longer than the limit.' },
  'expectation-failed': { status: 417, phrase: 'Expectation Failed', reason: 'Only 100-continue may be expected.' },
  'head-too-large': {
    status: 431,
    phrase: 'Request Header Fields Too Large',
    reason: 'The headers are larger or more than the limit.',
  },
  'not-implemented': { status: 501, phrase: 'Not Implemented', reason: 'The balancer does not do what is asked for.' },
  'unsupported-version': {
    status: 505,
    phrase: 'HTTP Version Not Supported',
    reason: 'Only HTTP/1.0 and 1.1 are spoken.',
  },
  connect: { ...badGateway, reason: 'No replica accepted a connection.' },
  reset: { ...badGateway, reason: 'The replica closed the connection before it answered.' },
  'malformed-answer': { ...badGateway, reason: 'The answer of the replica is not HTTP/1.1.' },
  'no-replica': { ...unavailable, reason: 'No replica is healthy.' },
  'queue-full': { ...unavailable, reason: 'All replicas are at their limit, and too many requests wait already.' },
  'queue-timeout': { ...unavailable, reason: 'All replicas were at their limit for too long.' },
  'bodies-in-flight': { ...unavailable, reason: 'Too many request bodies are on their way.' },
  'too-many-connections': { ...unavailable, reason: 'Too many clients are connected.' },
  stopping: { ...unavailable, reason: 'The balancer is being stopped.' },
  timeout: { ...gatewayTimeout, reason: 'The replica did not answer in time.' },
};

export interface RefusalFacts {
  /** What exactly, when more is known than the class. */
  readonly detail?: string | undefined;
  readonly replica?: string | undefined;
  /** Whether the connection ends with this answer. */
  readonly close: boolean;
  /** Whether the request was HEAD. */
  readonly answersHead: boolean;
  /** The client's: 0 needs to be told when the connection stays. */
  readonly minorVersion: number;
}

/** What a request is refused with that could not be read. */
export function refusalOf(reason: MalformedReason): Refusal {
  switch (reason) {
    case 'start-line-too-long':
      return 'target-too-long';
    case 'head-too-large':
    case 'too-many-headers':
    case 'chunk-extensions-too-large':
    case 'trailers-too-large':
      return 'head-too-large';
    case 'unsupported-version':
      return 'unsupported-version';
    case 'unsupported-transfer-coding':
      return 'not-implemented';
    default:
      return 'bad-request';
  }
}

/** The whole answer. `Palier-Reason` is the class, so that a client can tell the balancer's word from a replica's. */
export function refusalText(refusal: Refusal, facts: RefusalFacts): string {
  const { status, phrase, reason } = refusals[refusal];
  const told = facts.detail === undefined ? reason : `${reason.slice(0, -1)} (${facts.detail}).`;
  const body = `${JSON.stringify({ error: refusal, reason: told, replica: facts.replica })}\n`;
  const connection = facts.close ? 'close' : facts.minorVersion === 0 ? 'keep-alive' : '';
  return (
    `HTTP/1.1 ${status} ${phrase}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n` +
    `Palier-Reason: ${refusal}\r\n${status === 503 ? 'Retry-After: 1\r\n' : ''}` +
    `${connection === '' ? '' : `Connection: ${connection}\r\n`}\r\n${facts.answersHead ? '' : body}`
  );
}
