/** A replica that fails is left out and comes back; one that is new grows into its share. */
import { systemTimers } from '@palier/base/timers';
import { until } from '@palier/testkit/until';
import { expect, test } from 'vitest';
import { rawReplica, replicaAt, startRig } from './testing/rig.ts';

interface Made extends AsyncDisposable {
  readonly port: number;
  readonly told: { status: string; requests: number };
}

async function replica(): Promise<Made> {
  const told = { status: '200 OK', requests: 0 };
  const raw = await rawReplica((socket) => {
    told.requests++;
    socket.write(`HTTP/1.1 ${told.status}\r\nContent-Length: 2\r\n\r\nok`);
  });
  return Object.assign(raw, { told });
}

async function ask(port: number, times: number): Promise<number> {
  let failed = 0;
  for (let n = 0; n < times; n++) {
    const answer = await fetch(`http://127.0.0.1:${port}/echo`);
    await answer.text();
    if (answer.status >= 500) failed++;
  }
  return failed;
}

test('a replica that fails five times while others answer is left out, tried again, and taken back when it is well', async () => {
  await using good = await replica();
  await using bad = await replica();
  await using other = await replica();
  await using rig = await startRig([good.port, bad.port, other.port], { ejectMs: 200 });
  bad.told.status = '500 Internal Server Error';
  expect(await ask(rig.port, 40)).toBeGreaterThanOrEqual(5);
  const out = await rig.message('health', (message) => !message.healthy);
  expect(out.reason).toBe("5 answers in a row failed, and others' did not");
  const again = await until('it is tried again, and left out for longer', async () => {
    await ask(rig.port, 3);
    return rig.messages.find(
      (message) => message.kind === 'health' && message.reason.includes('again after its return'),
    );
  });
  expect(again).toMatchObject({ replica: out.replica, healthy: false });
  bad.told.status = '200 OK';
  const before = bad.told.requests;
  await until('it has requests again', async () => {
    await ask(rig.port, 3);
    return bad.told.requests >= before + 10;
  });
  expect(await ask(rig.port, 30)).toBe(0);
});

test("when all replicas fail none is left out: the answers are the service's own", async () => {
  await using one = await replica();
  await using other = await replica();
  one.told.status = other.told.status = '500 Internal Server Error';
  await using rig = await startRig([one.port, other.port]);
  expect(await ask(rig.port, 40)).toBe(40);
  expect(rig.messages.filter((message) => message.kind === 'health' && !message.healthy)).toEqual([]);
  expect(Math.min(one.told.requests, other.told.requests)).toBeGreaterThan(10);
});

test('a replica that joins gets less than the others until it has grown', async () => {
  await using one = await replica();
  await using other = await replica();
  await using late = await replica();
  await using rig = await startRig([one.port, other.port], { slowStartMs: 3000 });
  await systemTimers().sleep(3100);
  const all = [one, other, late].map(({ port }, n) => replicaAt(port, `api-${n + 1}`));
  rig.send({ kind: 'replicas', replicas: all });
  await rig.message('health', (message) => message.replica === 'api-3' && message.healthy);
  await ask(rig.port, 60);
  expect(late.told.requests).toBeLessThan(15);
  const share = await until('its share grows to the whole', async () => {
    const before = late.told.requests;
    await ask(rig.port, 60);
    return late.told.requests - before >= 20 && late.told.requests - before;
  });
  expect(share).toBe(20);
});
