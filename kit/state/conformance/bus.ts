/** What every driver of `Bus` must keep. The cases use channels of their own, and may run side by side. */
import assert from 'node:assert/strict';
import { PalierError } from '@palier/base/error';
import type { Bus, Subscriber } from '../bus/bus.ts';
import type { ConformanceCase } from './case.ts';

export interface BusSubject {
  /** One more client of the same engine, as another replica would open it; the case closes it. */
  open(): Promise<Bus>;
  sleep(ms: number): Promise<void>;
  /** A text that no other case gets. */
  unique(): string;
}

type Case = ConformanceCase<BusSubject>;

const patienceMs = 10_000;

function busCase(
  sentence: string,
  run: (bus: Bus, other: Bus, channel: string, subject: BusSubject) => Promise<void>,
): Case {
  return {
    sentence,
    async run(subject) {
      await using bus = await subject.open();
      await using other = await subject.open();
      await run(bus, other, `conformance ${subject.unique()}`, subject);
    },
  };
}

class Heard implements Subscriber {
  readonly messages: Buffer[] = [];
  gaps = 0;

  get texts(): string[] {
    return this.messages.map(String);
  }

  message(bytes: Buffer): void {
    this.messages.push(bytes);
  }

  gap(): void {
    this.gaps++;
  }

  async several(count: number, { sleep }: BusSubject): Promise<void> {
    for (let waitedMs = 0; this.messages.length < count && waitedMs < patienceMs; waitedMs += 5) await sleep(5);
    assert.equal(this.messages.length, count);
  }
}

async function code(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    assert.ok(error instanceof PalierError, `an error of the catalogue was expected, not ${String(error)}`);
    return error.code;
  }
  return 'nothing thrown';
}

export const busConformance: readonly Case[] = [
  busCase(
    'a message reaches all who subscribed, who publishes too, byte for byte',
    async (bus, other, channel, subject) => {
      const [own, there, again] = [new Heard(), new Heard(), new Heard()];
      await bus.subscribe(channel, own);
      await other.subscribe(channel, there);
      await other.subscribe(channel, again);
      const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
      await bus.publish(channel, bytes);
      await bus.publish(channel, '');
      await bus.publish(channel, 'ünï\n1 2\n');
      for (const heard of [own, there, again]) {
        await heard.several(3, subject);
        assert.deepEqual(heard.messages, [bytes, Buffer.alloc(0), Buffer.from('ünï\n1 2\n')]);
        assert.equal(heard.gaps, 0);
      }
    },
  ),
  busCase(
    'messages of one channel come in the order in which they were published, none twice',
    async (bus, other, channel, subject) => {
      const heard = new Heard();
      await other.subscribe(channel, heard);
      await Promise.all(Array.from({ length: 1000 }, (_, i) => bus.publish(channel, `${i}`, { timeoutMs: 10_000 })));
      await heard.several(1000, subject);
      assert.deepEqual(
        heard.texts,
        Array.from({ length: 1000 }, (_, i) => `${i}`),
      );
      assert.equal(heard.gaps, 0);
    },
  ),
  busCase('two who publish at once are heard in one order by all', async (bus, other, channel, subject) => {
    const [here, there] = [new Heard(), new Heard()];
    await bus.subscribe(channel, here);
    await other.subscribe(channel, there);
    await Promise.all(
      Array.from({ length: 300 }, (_, i) =>
        (i % 2 === 0 ? bus : other).publish(channel, `${i}`, { timeoutMs: 10_000 }),
      ),
    );
    await here.several(300, subject);
    await there.several(300, subject);
    assert.deepEqual(here.texts, there.texts);
    assert.equal(here.gaps + there.gaps, 0);
  }),
  busCase('channels are kept apart, whatever their names', async (bus, other, channel, subject) => {
    const names = [channel, `${channel}:a`, `${channel}{a}`, `${channel}}`, `${channel} *`, `${channel}%7B`];
    const heard = await Promise.all(
      names.map(async (name) => {
        const one = new Heard();
        await other.subscribe(name, one);
        return one;
      }),
    );
    for (const name of names) await bus.publish(name, name);
    for (const [i, one] of heard.entries()) {
      await one.several(1, subject);
      assert.deepEqual(one.texts, [names[i]]);
    }
  }),
  busCase('who subscribes later hears nothing of before, and is told no gap', async (bus, other, channel, subject) => {
    await bus.publish(channel, 'before');
    const heard = new Heard();
    const subscription = await other.subscribe(channel, heard);
    assert.equal(subscription.listening, true);
    await bus.publish(channel, 'after');
    await heard.several(1, subject);
    assert.deepEqual([heard.texts, heard.gaps], [['after'], 0]);
  }),
  busCase('nothing comes after close() of a subscription; the others hear on', async (bus, other, channel, subject) => {
    const [gone, stays] = [new Heard(), new Heard()];
    const subscription = await other.subscribe(channel, gone);
    await other.subscribe(channel, stays);
    await bus.publish(channel, '1');
    await gone.several(1, subject);
    subscription.close();
    subscription.close();
    assert.equal(subscription.listening, false);
    await bus.publish(channel, '2');
    await stays.several(2, subject);
    assert.deepEqual([gone.texts, stays.gaps], [['1'], 0]);
    const again = new Heard();
    await other.subscribe(channel, again);
    await bus.publish(channel, '3');
    await again.several(1, subject);
    assert.deepEqual(again.texts, ['3']);
  }),
  busCase('a subscriber that throws keeps nobody from hearing', async (bus, _, channel, subject) => {
    const heard = new Heard();
    const throws = (): never => {
      throw new Error('meant');
    };
    await bus.subscribe(channel, { message: throws, gap: throws, listening: throws });
    await bus.subscribe(channel, heard);
    await bus.publish(channel, '1');
    await bus.publish(channel, '2');
    await heard.several(2, subject);
  }),
  busCase('a message over the limit is refused, and nobody hears of it', async (bus, other, channel, subject) => {
    const heard = new Heard();
    await other.subscribe(channel, heard);
    assert.equal(await code(bus.publish(channel, Buffer.alloc(2 ** 20 + 1))), 'PALIER_STATE_SIZE');
    assert.equal(await code(bus.publish('c'.repeat(600), 'a')), 'PALIER_STATE_SIZE');
    await bus.publish(channel, Buffer.alloc(2 ** 20, 7));
    await heard.several(1, subject);
    assert.deepEqual([heard.messages[0]?.length, heard.gaps], [2 ** 20, 0]);
  }),
  busCase(
    'after close() calls are refused, and what was published before was sent',
    async (_, other, channel, subject) => {
      const heard = new Heard();
      await other.subscribe(channel, heard);
      const closing = await subject.open();
      await closing.subscribe(channel, new Heard());
      const under = Array.from({ length: 50 }, (_one, i) => closing.publish(channel, `${i}`, { timeoutMs: 10_000 }));
      await closing.close();
      await Promise.all(under);
      await closing.close();
      await heard.several(50, subject);
      assert.equal(await code(closing.publish(channel, 'late')), 'PALIER_STATE_CLOSED');
      assert.equal(await code(closing.subscribe(channel, new Heard())), 'PALIER_STATE_CLOSED');
    },
  ),
];
