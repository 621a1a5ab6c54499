/** The trivial server as a process of our own, for machines without nginx: raw sockets, one fixed answer, the ports in argv. */
import { createServer } from 'node:net';
import { answerBody, countPath } from './trivial-server.ts';

const answer = answerOf('application/json', answerBody);
const countRequest = Buffer.from(`GET ${countPath} `);
let requests = 0;

for (const port of process.argv.slice(2).map(Number)) {
  createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    // One data event is one request: the clients of a bench do not pipeline, and their requests fit into one packet.
    socket.on('data', (chunk) => {
      requests++;
      const counting = chunk.subarray(0, countRequest.length).equals(countRequest);
      socket.write(counting ? answerOf('text/plain', ` 0 0 ${requests} \n`) : answer);
    });
  }).listen(port, '127.0.0.1', 4096);
}

function answerOf(type: string, body: string): Buffer {
  return Buffer.from(`HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
}
