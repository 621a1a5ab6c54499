/** `node base/http1/http1.bench.ts`: nanoseconds for a common answer (185 octets, its body read) and a common request. */
import { BodyReader } from './body.ts';
import { RequestParser } from './request.ts';
import { ResponseParser } from './response.ts';

const answer = Buffer.from(
  'HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: 15\r\n' +
    'Date: Sat, 21 Nov 2026 09:59:13 GMT\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\n\r\n{"hello":"you"}',
);
const request = Buffer.from(
  'GET /api/releases/17?x=1 HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nUser-Agent: x/1.0\r\nAccept: */*\r\n\r\n',
);
const [answers, requests, body] = [new ResponseParser(), new RequestParser(), new BodyReader()];
const rounds = 1_000_000;

for (let pass = 0; pass < 5; pass++) {
  const answerNs = measure(() => {
    answers.parse(answer, 0, answer.length);
    body.begin(answers.framing, answers.contentLength);
    body.read(answer, answers.headBytes, answer.length);
  });
  const requestNs = measure(() => requests.parse(request, 0, request.length));
  console.log(`answer ${answerNs.toFixed(0)} ns, request ${requestNs.toFixed(0)} ns`);
}

function measure(run: () => void): number {
  const start = performance.now();
  for (let i = 0; i < rounds; i++) run();
  return ((performance.now() - start) * 1e6) / rounds;
}
