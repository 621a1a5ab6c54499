import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { type HeldWay, startPassage } from './passage.ts';
import { until } from './until.ts';

/** A server that answers every byte with itself, and a client of it through a passage. */
async function setUp() {
  const received: string[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      received.push(String(chunk));
      socket.write(chunk);
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const passage = await startPassage({ port: (server.address() as AddressInfo).port });
  const client = connect(passage.port, '127.0.0.1');
  const answers: string[] = [];
  client.on('data', (chunk) => answers.push(String(chunk)));
  await once(client, 'connect');
  client.write('1');
  await until('the first is answered', () => answers.join('') === '1');
  return {
    passage,
    client,
    asked: () => received.join(''),
    answered: () => answers.join(''),
    async [Symbol.asyncDispose]() {
      client.destroy();
      await passage[Symbol.asyncDispose]();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test.each<[HeldWay, string]>([
  ['there', '1'],
  ['both', '1'],
  ['back', '123'],
])('held %s: the server has heard %s and nobody is answered; released, all arrives in order', async (way, heard) => {
  await using way2 = await setUp();
  way2.passage.hold(way);
  way2.client.write('2');
  way2.client.write('3');
  await until('what passes has passed', () => way2.asked() === heard);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect([way2.asked(), way2.answered()]).toEqual([heard, '1']);
  way2.passage.release();
  await until('all is answered', () => way2.answered() === '123');
  expect(way2.asked()).toBe('123');
});

test('a connection that is made while all is held comes to be, and is served when it is released', async () => {
  await using way = await setUp();
  way.passage.hold('both');
  const late = connect(way.passage.port, '127.0.0.1');
  await once(late, 'connect');
  let answer = '';
  late.on('data', (chunk) => (answer += String(chunk)));
  late.write('late');
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(answer).toBe('');
  way.passage.release();
  await until('it is answered', () => answer === 'late');
  late.destroy();
});

test('an end on one side is an end on the other', async () => {
  await using way = await setUp();
  const closed = once(way.client, 'close');
  await way.passage[Symbol.asyncDispose]();
  await closed;
  expect(way.client.destroyed).toBe(true);
});
